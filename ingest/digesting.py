"""Stages `identify` and `cut`: a reading becomes what the catalogue stores of an exhibit."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from casefile.recording import NewPassage, ReadExhibit
from casefile.records import CaseDescription, Issue, Moment
from ingest.identifiers.finder import find_identifiers
from ingest.ledger import status_of
from ingest.media_type import DETECTED_NAMES
from ingest.passages import cut
from ingest.reading import Reading
from ingest.times import find_moments, resolve

NO_TEXT = "It opens, but there is no text in it."


def digest(
    exhibit_id: str,
    media_type: str,
    reading: Reading,
    reader: tuple[str, str],
    description: CaseDescription,
    outside: Sequence[Moment] = (),
) -> ReadExhibit:
    """Find identifiers and times, cut passages, and settle the exhibit's state.

    Args:
        exhibit_id: of the exhibit that was read.
        media_type: as detected from the content.
        reading: what the reader returned.
        reader: its name and version.
        description: the case's region, zone and languages, for national forms.
        outside: times known from outside the file, such as the file system's.
    """
    text, replaced = _storable(reading.text)
    has_text = bool(text.strip())
    issues = list(reading.issues)
    if replaced:
        issues.append(Issue("read", "low_confidence", f"{replaced} characters that no text may hold were replaced."))
    if not has_text and not issues:
        issues.append(Issue("read", "no_text", NO_TEXT))
    stated = tuple(
        resolve(time.raw, time.meaning, time_zone=description.time_zone) for time in reading.times if time.raw.strip()
    )
    known = ReadExhibit(
        exhibit_id,
        media_type,
        status_of(issues, has_text=has_text),
        tuple(issues),
        title=reading.title,
        sender=reading.sender,
        recipients=reading.recipients,
        sent_at=_sent(stated),
        moments=(*outside, *stated),
    )
    if not has_text:
        return known
    return ReadExhibit(
        exhibit_id,
        media_type,
        known.status,
        known.issues,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        reader=reader[0],
        reader_version=reader[1],
        title=known.title,
        sender=known.sender,
        recipients=known.recipients,
        sent_at=known.sent_at,
        passages=tuple(
            NewPassage(passage.start, passage.end, passage.kind, passage.context, passage.locator, passage.cells)
            for passage in cut(reading)
        ),
        words=reading.words,
        pages=reading.pages,
        identifiers=find_identifiers(
            text, region=description.region, time_zone=description.time_zone, languages=description.languages
        ),
        moments=(
            *known.moments,
            *find_moments(text, time_zone=description.time_zone, languages=description.languages),
        ),
    )


def unread(exhibit_id: str, media_type: str, issue: Issue | None, outside: Sequence[Moment] = ()) -> ReadExhibit:
    """What is stored of an exhibit that no reader could read; without an issue there is no reader for its type."""
    if issue is None:
        what = DETECTED_NAMES.get(media_type, media_type)
        issue = Issue("read", "unsupported", f"{what}: there is no reader for it yet. The original is kept.")
    issues = (issue,)
    return ReadExhibit(exhibit_id, media_type, status_of(issues, has_text=False), issues, moments=tuple(outside))


def _storable(text: str) -> tuple[str, int]:
    """The text with lone surrogates replaced one for one, so that offsets stay true, and how many there were."""
    count = sum("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else 0
    if not count:
        return text, 0
    return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= c <= "\udfff" else c for c in text), count


def _sent(moments: Sequence[Moment]) -> datetime | None:
    return next((moment.utc for moment in moments if moment.meaning == "sent" and moment.utc is not None), None)
