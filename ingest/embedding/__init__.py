"""Texts to vectors: the port (`port`), its adapters, and how settings become an adapter (`loading`)."""
