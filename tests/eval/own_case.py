"""A small case of mixed files for the tests of the user's own questions."""

import zipfile
from pathlib import Path

from assistant.embedding import make_embedder
from casefile.case import Case, create_case
from casefile.home import Home
from casefile.records import CaseDescription
from casefile.serial import now
from casefile.settings import load_settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline

FILES = {
    "reports/gate log.txt": (
        "Gate log of the depot\nDriver: J. Brandt, badge 4711\nOn 14 March 2024 at five the lorry left with a “broken” lamp.\n"
        "The guard called Martha Delgado about it on +49 171 3920051.\n"
    ),
    "reports/Aussage.txt": (
        "Aussage der Zeugin\nAktenzeichen: KDF-411-F\nDie Zeugin hat am 17. März 2024 in der Halle mit Herrn Jonas Brandt "
        "gesprochen. Sie hat dort einen weißen Wagen gesehen, und der Fahrer war nicht allein.\n"
    ),
    "money/payments.csv": (
        "Date;Invoice;Amount;Payee\n2024-03-20;RB-2024-101;4750.50;Wiechmann Baustoffe\n"
        "2024-03-21;RB-2024-102;820.00;Reifen Moll\n2024-03-25;RB-2024-103;99.90;Stadtwerke\n"
    ),
    "money/plates.csv": "Plate;Camera;Lane\nV-347-DP;Bridge north;left\nKL-PT 850;Bridge south;right\n",
    "mail/offer.eml": (
        "From: Geert Peeters <geert@example.org>\nTo: office@example.org\nSubject: Offer for the excavator\n"
        "Date: Sun, 24 Mar 2024 23:30:00 -0500\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        "I can pay the amount of EUR 18,000 that Otto Marquardt asked for. My account is NL91 ABNA 0417 1643 00.\n"
    ),
    "twice/note.txt": "The first of two notes of one name.\n",
    "twice/more/note.txt": "The second of two notes of one name.\n",
}


def build(root: Path, *, embedded: bool = False) -> Case:
    """An open case `mine` at `root / "home"` of these files and an archive; `embedded` with the model of settings."""
    folder = root / "files"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with zipfile.ZipFile(folder / "stick.zip", "w") as archive:
        archive.writestr("inside/list.txt", "Only in the archive stands the word harbour.\n")
    home = Home(root / "home")
    about = CaseDescription("mine", "A title", "p", "n", "DE", "Europe/Berlin", ("en", "de"), now())
    case = create_case(home, about, "tester")
    settings = load_settings(home.root, {}).settings
    with case.locked():
        embedder = make_embedder(home, settings) if embedded else HashedWordsEmbedder(allow=True)
        Pipeline(case, settings, embedder).ingest([folder])
    return case


def exhibit_of(case: Case, end: str) -> str:
    """Id of the exhibit whose path ends so."""
    return next(line.exhibit_id for line in case.catalogue.occurrences() if line.path.endswith(end) and line.exhibit_id)
