"""The one error tree. A message says what is wrong and what to do next.

    CaseclerkError
    ├── UsageError                wrong call; nothing was done             (exit code 2)
    │   ├── CaseNotFoundError     no such case
    │   ├── CaseExistsError       a case of that id is there already
    │   ├── ExhibitNotFoundError  no such exhibit, or a prefix that fits several
    │   ├── ExhibitSealedError    its text and original are not to be read while it is sealed
    │   └── SettingsError         a settings file, variable or flag that cannot be used
    ├── UntrustedInputError       a file that cannot be read as what it is; becomes an Issue on its exhibit
    ├── CaseBusyError             another process is writing to the case
    ├── CaseDamagedError          the case on disk contradicts itself, and is not a cache that can be rebuilt
    ├── StorageError              the disk is full or refuses
    ├── EmbeddingMismatchError    the case was embedded with another model
    ├── ModelMissingError         a model file that was asked for is not there
    ├── ModelDownloadError        a model could not be downloaded whole
    ├── ModelError                a language model did not do what was asked of it
    │   ├── ModelUnavailableError it cannot be loaded or reached
    │   ├── ModelCrashedError     it died in the middle of a request
    │   ├── ModelRequestError     it cannot take this schema, tool or picture
    │   └── PromptTooLongError    the prompt does not fit its context
    └── ReaderProcessError        the process that reads files cannot be started
        └── ReadingDataError      what it handed over is not a valid reading

Anything else that escapes is a bug of ours.
"""

from casefile.records import IssueCategory


class CaseclerkError(Exception):
    """Root of everything that Caseclerk raises on purpose."""


class UsageError(CaseclerkError):
    """The call cannot be carried out as made; nothing was changed."""


class CaseNotFoundError(UsageError):
    """There is no case of that id."""


class CaseExistsError(UsageError):
    """A case of that id exists already."""


class ExhibitNotFoundError(UsageError):
    """No exhibit has that id, or a prefix fits more than one."""


class ExhibitSealedError(UsageError):
    """The exhibit is sealed: nothing of it is shown until somebody unseals it."""


class SettingsError(UsageError):
    """A setting is unknown or has a value that cannot be used."""


class UntrustedInputError(CaseclerkError):
    """A reader cannot read this file. Raised inside the reading process only; stored as an issue.

    Args:
        category: the closed list of DESIGN, section 6.
        message: one sentence for the investigator, without the file's content.
    """

    def __init__(self, category: IssueCategory, message: str) -> None:
        super().__init__(message)
        self.category: IssueCategory = category
        self.message = message


class CaseBusyError(CaseclerkError):
    """Another process holds the writer lock of the case."""


class CaseDamagedError(CaseclerkError):
    """The case on disk contradicts itself."""


class StorageError(CaseclerkError):
    """The disk is full, read-only or failing."""


class EmbeddingMismatchError(CaseclerkError):
    """The case holds embeddings of another model than the one in settings."""


class ModelMissingError(CaseclerkError):
    """A model's files are not where settings say, or do not have the expected hash."""


class ModelDownloadError(CaseclerkError):
    """A model's file could not be downloaded, or what came is not that file; nothing of it is in use."""


class ModelError(CaseclerkError):
    """A language model did not do what was asked of it."""


class ModelUnavailableError(ModelError):
    """The model cannot be loaded or reached."""


class ModelCrashedError(ModelError):
    """The model's process died in the middle of a request; the next request starts a new one."""


class ModelRequestError(ModelError):
    """The model cannot take this schema, tool or picture."""


class PromptTooLongError(ModelError):
    """The prompt does not fit the model's context."""


class ReaderProcessError(CaseclerkError):
    """The process that reads files cannot be started or has gone away."""


class ReadingDataError(ReaderProcessError):
    """What a reader made is not a valid `Reading`, or is too large to be handed over.

    Args:
        message: the rule that is broken, without the file's content.
        too_large: whether only its size is wrong.
    """

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large
