"""Question to evidence to checked answer; tools; command line. Reads a case."""
