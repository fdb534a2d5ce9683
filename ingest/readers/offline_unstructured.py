"""`unstructured` with every way to the network closed, as a second reader to compare our own with.

Version 0.27 pings a server when it is imported, sends an event for each document, and downloads and installs a spaCy
model into site-packages at first use. The first two heed the environment; the third heeds nothing, so its loader is
replaced by a blank English pipeline, which is all that sentence splitting needs. Why it is not the reader itself:
docs/decisions/011.
"""

import io
import threading
from functools import lru_cache
from typing import Any

from casefile.errors import UntrustedInputError
from casefile.offline import switch_off

_PREPARING = threading.Lock()
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


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


def second_reading(data: bytes, media_type: str) -> tuple[str, ...]:
    """The texts that `unstructured` finds in a DOCX or PPTX file, in its order.

    Raises:
        UntrustedInputError: `unsupported` for other types, `corrupt` where it cannot read the file.
    """
    prepare()
    from unstructured.partition.docx import partition_docx
    from unstructured.partition.pptx import partition_pptx

    if media_type not in {DOCX, PPTX}:
        raise UntrustedInputError("unsupported", "There is no second reader for this type of file.")
    file = io.BytesIO(data)
    try:
        elements = (
            partition_docx(file=file) if media_type == DOCX else partition_pptx(file=file, include_slide_notes=True)
        )
    except Exception as error:  # a foreign reader on hostile data raises anything; kept as the issue
        raise UntrustedInputError("corrupt", "The second reader cannot read the file.") from error
    return tuple(str(element.text) for element in elements if element.text)


@lru_cache(maxsize=1)
def _blank_english() -> Any:
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    return pipeline
