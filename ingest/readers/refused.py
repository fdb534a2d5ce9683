"""Files that nothing can be read from, so that each ends in the ledger with its reason."""

from typing import NoReturn

from casefile.errors import UntrustedInputError
from ingest.reading import Source


class EmptyFileReader:
    """A file without a byte."""

    name = "empty"
    version = "1"
    media_types = frozenset({"application/x-empty"})

    def read(self, source: Source) -> NoReturn:  # noqa: ARG002 - the port's signature
        """Refuse.

        Raises:
            UntrustedInputError: `empty`, always.
        """
        raise UntrustedInputError("empty", "The file is empty (0 bytes).")


class LockedFileReader:
    """Files whose content is encrypted as a whole: Office documents with a password, PGP messages."""

    name = "locked"
    version = "1"
    media_types = frozenset({"application/x-ooxml-encrypted", "application/pgp-encrypted"})

    def read(self, source: Source) -> NoReturn:
        """Refuse.

        Raises:
            UntrustedInputError: `encrypted`, always.
        """
        office = source.media_type == "application/x-ooxml-encrypted"
        what = "The Office document is locked with a password" if office else "The message is PGP-encrypted"
        raise UntrustedInputError("encrypted", f"{what}; add a copy without encryption.")
