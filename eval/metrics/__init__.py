"""One measure a file; all computed by code."""
