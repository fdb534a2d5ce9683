"""The ground floor: a case on disk. Knows no reader, no model and no screen."""
