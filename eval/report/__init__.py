"""A run as one page for a chief."""
