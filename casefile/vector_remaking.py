"""Fills a case's vector cache in a process of its own: `python -m casefile.vector_remaking CASE_FOLDER`.

After an erasure. HNSW writes the memory that it has reserved to its file, and in a process that has held the erased
vectors that memory may still hold them; a new process never saw them.
"""

import subprocess
import sys
from pathlib import Path

from casefile.catalogue import Catalogue
from casefile.database import Database
from casefile.offline import switch_off
from casefile.vectors import Vectors


def remake(folder: Path) -> None:
    """Fill the empty cache of the case in `folder`; the caller looks whether that went well."""
    command = [sys.executable, "-P", "-s", "-m", "casefile.vector_remaking", str(folder)]
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main(folder: Path) -> None:
    """In the new process."""
    switch_off()
    database = Database(folder / "case.db")
    vectors = Vectors(folder / "vectors", Catalogue(database))
    vectors.settle()
    vectors.close()
    database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
