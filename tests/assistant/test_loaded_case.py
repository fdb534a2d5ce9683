"""What retrieval keeps of a case follows what is sealed, unsealed and erased."""

from pathlib import Path

from assistant.retrieval.loaded_case import STALE_AFTER_SECONDS, LoadedCase
from casefile.erasing import erase
from casefile.seals import seal, unseal
from tests.casefile.case_building import add_text, embed, new_case


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_is_sealed_or_erased_leaves_memory_and_comes_back_when_it_is_opened(tmp_path: Path) -> None:
    clock = Clock()
    with new_case(tmp_path / "home") as case:
        first, ids = add_text(case, tmp_path, "a.txt", "alpha")
        _second, others = add_text(case, tmp_path, "b.txt", "beta")
        embed(case, (*ids, *others))
        loaded = LoadedCase(case, 100, clock)

        def words() -> set[str]:
            clock.now += STALE_AFTER_SECONDS
            return {word for word in ("alpha", "beta") if loaded.vocabulary.frequency(word)}

        assert words() == {"alpha", "beta"}
        seal(case, first, "privileged", "x")
        assert words() == {"beta"}
        assert loaded.coverage(None).searched == 1
        unseal(case, first, "x")
        assert words() == {"alpha", "beta"}
        erase(case, first, "x")
        assert words() == {"beta"}
