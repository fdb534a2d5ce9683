"""The engine that lets a language model write: each of its sentences is checked against the cited text by code."""
