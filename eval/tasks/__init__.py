"""From a sample to a response: one task a file."""
