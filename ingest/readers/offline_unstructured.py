"""`unstructured` with every way to the network closed; what reads with it is `ingest.readers.second_reader`.

Version 0.27 pings a server when it is imported, sends an event for each document, and downloads and installs a spaCy
model into site-packages at first use. The first two heed the environment; the third heeds nothing, so its loader is
replaced by a blank English pipeline, which is all that sentence splitting needs. Why it is not the reader itself:
docs/decisions/011.
"""

import threading
from functools import lru_cache
from typing import Any

from casefile.offline import switch_off

_PREPARING = threading.Lock()


def prepare() -> None:
    """Close the ways out, then import `unstructured`. Cheap when repeated.

    Raises:
        RuntimeError: another version of `unstructured` loads its model elsewhere; it must not be used then.
    """
    with _PREPARING:
        switch_off()
        import unstructured.nlp.tokenize as tokenizer

        if not hasattr(tokenizer, "_get_nlp"):
            raise RuntimeError("unstructured no longer loads its model in _get_nlp: find out where before using it")
        tokenizer._get_nlp = _blank_english  # noqa: SLF001 - there is no other way to stop the download


@lru_cache(maxsize=1)
def _blank_english() -> Any:
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    return pipeline
