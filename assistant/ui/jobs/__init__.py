"""Ingestion while the page is served: a child process for each, one at a time in a case, the others wait their turn."""
