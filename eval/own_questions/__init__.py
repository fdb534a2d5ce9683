"""A user's own questions about one of their cases: the empty table, drafts from the case, reading."""
