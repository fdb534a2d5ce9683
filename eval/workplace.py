"""Where the harness keeps things under HOME: runs, the cases of data sets, and the log of looks at test rows.

HOME/evaluation/runs/       a folder a run
HOME/evaluation/corpora/    cases made of data sets, kept for the next run
HOME/evaluation/made/       files that a suite makes itself
HOME/evaluation/final.jsonl one line for each use of test rows
HOME/cases/<id>/runs/       runs over a case of the user's, which go when the case goes
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from casefile.erasure_rest import RUNS
from casefile.errors import UsageError
from casefile.home import Home
from casefile.serial import canonical_json, now, time_to_text
from eval.manifest import revision
from eval.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Workplace:
    """Paths under HOME; making one touches nothing."""

    home: Home

    @property
    def root(self) -> Path:
        """All that the harness keeps."""
        return self.home.root / "evaluation"

    @property
    def made(self) -> Path:
        """Files that suites make."""
        return self.root / "made"

    def runs(self, case_id: str = "") -> Path:
        """The folder of runs: of data sets, or over a case."""
        return self.home.case_folder(case_id) / RUNS if case_id else self.root / RUNS

    def new_run(self, suites: Sequence[str], case_id: str = "") -> Path:
        """A name for a run that begins now."""
        stamp = now().strftime("%Y-%m-%dT%H-%M-%SZ")
        return self.runs(case_id) / f"{stamp}-{'+'.join(suites)}"[:120]

    def found(self, named: str, case_id: str = "") -> RunFolder:
        """A run by its folder, or by its name (or the beginning of it) among the runs that are kept here.

        Raises:
            UsageError: there is none, or there are several.
        """
        if Path(named).expanduser().is_dir():
            return RunFolder.open(Path(named).expanduser())
        fitting = [run for run in self.all_runs(case_id) if run.path.name.startswith(named)]
        exact = [run for run in fitting if run.path.name == named]
        if len(exact or fitting) != 1:
            says = "several runs begin" if fitting else "no run begins"
            raise UsageError(f"{says.capitalize()} with “{named}”. `caseclerk eval list` shows them; or give a folder.")
        return (exact or fitting)[0]

    def all_runs(self, case_id: str = "") -> Iterator[RunFolder]:
        """All runs that are kept here, oldest first."""
        folders = [self.runs(case_id)]
        if not case_id:
            folders += [self.runs(one) for one in self.home.case_ids()]
        for folder in folders:
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if (path / "manifest.json").is_file():
                    yield RunFolder(path)

    def log_final(self, suites: Sequence[str], actor: str) -> None:
        """Note that test rows are about to be used, durably and before the first of them is."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        entry = {"at": time_to_text(now()), "actor": actor, "suites": list(suites), **revision()}
        descriptor = os.open(self.root / "final.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, (canonical_json(entry) + "\n").encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
