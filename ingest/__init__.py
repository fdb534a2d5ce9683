"""File to text with places, to passages, to vectors; identifiers. Writes a case."""
