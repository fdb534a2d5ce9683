"""The demo case with its truth. Used from a checkout; no program needs it at run time."""
