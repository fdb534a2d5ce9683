"""Measures the assistant on question sets and compares runs."""
