"""Identifiers and times found by rule, one file per kind."""
