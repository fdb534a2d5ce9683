"""Prompt and report templates, plain text, no code."""
