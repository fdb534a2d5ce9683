"""The fake keeps the port's promises, and keeps out of production."""

import pytest

from casefile.errors import UsageError
from ingest.embedding.fake import ALLOW_FAKE_VARIABLE, HashedWordsEmbedder
from ingest.embedding.port import Embedder
from tests.ingest.embedder_contract import EmbedderContract


class TestHashedWords(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return HashedWordsEmbedder(allow=True)


def test_refuses_to_run_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ALLOW_FAKE_VARIABLE, raising=False)
    with pytest.raises(UsageError, match="for tests only"):
        HashedWordsEmbedder()
    monkeypatch.setenv(ALLOW_FAKE_VARIABLE, "yes")
    with pytest.raises(UsageError):
        HashedWordsEmbedder()


def test_the_variable_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOW_FAKE_VARIABLE, "1")
    assert HashedWordsEmbedder(dimension=16).embed_queries(["a"]).shape == (1, 16)


def test_identities_of_two_dimensions_are_not_comparable() -> None:
    small, large = HashedWordsEmbedder(16, allow=True).identity, HashedWordsEmbedder(32, allow=True).identity
    assert not small.comparable_with(large)
    assert small.comparable_with(small)
