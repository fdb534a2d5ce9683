"""A fictional case file, built from a seed, with its truth beside it.

`python -m data.demo_case.build OUT_DIR [--seed N]` writes `OUT_DIR/files/...` and `OUT_DIR/truth.json`.
Nobody in it exists: names are drawn from lists, phone numbers from ranges that are kept free for films and examples,
bank codes and domains are invented (IBAN checksums are right, so that they can be checked).
"""

DEFAULT_SEED = 482
