"""Prints docs/dependencies.md: every direct dependency with version, licence, size, use, and what it would send.

Versions come from constraints.txt, licences and sizes from the installed packages, the rest from
dependency_notes.toml. `python -m scripts.list_dependencies --write` brings the document up to date.
"""

import argparse
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "dependencies.md"
NOTES = Path(__file__).with_name("dependency_notes.toml")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|HPND|Unlicense|Zlib|0BSD)", re.IGNORECASE
)
_COPYLEFT = re.compile(
    r"GPL|General Public|MPL|Mozilla|EUPL|EPL\b|CDDL|SSPL|BUSL|Commercial|Proprietary", re.IGNORECASE
)
_ACCEPTED = re.compile(r"LGPL|Lesser General Public|MPL|Mozilla")
_REFUSED = re.compile(r"\bA?GPL|(?<!Lesser )General Public|SSPL|BUSL|Commercial|Proprietary", re.IGNORECASE)
GROUPS = {"": "Needed to run", "llama": "Extra `llama`", "dev": "Extra `dev`: tests and measurements"}

BUILT_HERE = frozenset({"llama-cpp-python"})
"""Compiled on each machine for its processor."""
HEAD = """\
# What Caseclerk depends on

Written by `python -m scripts.list_dependencies --write`; a test fails when it is out of date. Sizes are those of the
installed files on Linux for x86-64, without compiled bytecode, and without what a package brings along.

"None" in the last column: nobody here knows of an address that it contacts, and no connection was tried in the run of
the whole demo that `tests/end_to_end/test_offline.py` follows call by call (test tools: in tests without a network).
[What would phone home](offline.md) has the rest.
"""
LOOK_AT = """\
## Licences to know about

Required dependencies are permissive, LGPL or MPL. These are not simply permissive, or bring something that is not; the
list covers every pinned package that is installed with the test tools, direct or not.

"""
BY_HAND = {
    "odfpy": "three licences to choose from; taken as Apache-2.0",
    "reportlab": "BSD; its files include one font, DarkGarden, GPL-2.0-or-later with a font exception; not used",
    "pypdfium2": "the PDFium library inside carries the permissive licences of what it is built from",
    "torch": "the library carries the permissive licences of what it is built from",
}


@dataclass(frozen=True, slots=True)
class Dependency:
    """One row. `group` is the extra, or empty; `megabytes` is None where that depends on the machine."""

    group: str
    name: str
    version: str
    licence: str
    megabytes: float | None
    use: str
    network: str


def normal(name: str) -> str:
    """A package's name for comparing (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct() -> Iterator[tuple[str, str]]:
    """Group and name of every requirement in pyproject.toml, in its order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    for group in GROUPS:
        for requirement in groups.pop(group):
            found = _NAME.match(requirement)
            assert found is not None, requirement
            yield group, normal(found[0])
    assert not groups, f"an extra that {Path(__file__).name} does not know: {', '.join(groups)}"


def pins() -> dict[str, str]:
    """Versions of constraints.txt by name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines)}


def notes() -> dict[str, dict[str, str]]:
    """What a person wrote about each dependency."""
    return tomllib.loads(NOTES.read_text(encoding="utf-8"))


def licence_of(package: Distribution) -> str:
    """The licence as the package states it: SPDX expression, else classifiers, else the first line of its text."""
    metadata = package.metadata
    if "License-Expression" in metadata:
        return str(metadata["License-Expression"])
    named = [
        value.rpartition(" :: ")[2]
        for value in metadata.get_all("Classifier") or []
        if value.startswith("License :: OSI Approved ::")
    ]
    stated = " ".join(str(metadata.get("License", "")).split("\n", 1)[0].split())
    return "; ".join(named) or stated or "not stated"


def megabytes_of(package: Distribution) -> float:
    """Size of the installed files, in millions of bytes."""
    return sum(file.size or 0 for file in package.files or []) / 1e6


def dependencies() -> tuple[Dependency, ...]:
    """Every direct dependency.

    Raises:
        KeyError: one has no pin or no note; a note has no dependency.
    """
    pinned, said = pins(), notes()
    rows = []
    for group, name in direct():
        note = said.pop(name)
        package = installed(name)
        licence = note.get("licence") or (licence_of(package) if package else "not stated")
        size = None if package is None or name in BUILT_HERE else megabytes_of(package)
        rows.append(Dependency(group, name, pinned[name], licence, size, note["use"], note["network"]))
    if said:
        raise KeyError(f"notes without a dependency: {', '.join(said)}")
    return tuple(rows)


def installed(name: str) -> Distribution | None:
    """A package's metadata, where it is installed."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def is_simply_permissive(licence: str) -> bool:
    """Whether nothing needs a second look."""
    return bool(_PERMISSIVE.search(licence)) and not _COPYLEFT.search(licence)


def is_acceptable(licence: str) -> bool:
    """Whether a required dependency may have it: permissive, LGPL or MPL."""
    if _REFUSED.search(licence):
        return False
    return bool(_PERMISSIVE.search(licence) or _ACCEPTED.search(licence))


def to_look_at() -> dict[str, str]:
    """Licence by name, of every pinned and installed package that is not simply permissive."""
    said: Mapping[str, Mapping[str, str]] = notes()
    found = {}
    for name in pins():
        package = installed(name)
        if package is None:
            continue
        licence = said.get(name, {}).get("licence") or licence_of(package)
        if not is_simply_permissive(licence) or name in BY_HAND:
            found[name] = licence
    return found


def document() -> str:
    """The whole page."""
    rows = dependencies()
    parts = [HEAD]
    for group, title in GROUPS.items():
        parts += [
            f"\n## {title}\n\n",
            "| name | version | licence | size | what for | what it would send, and what stops it |\n",
            "|---|---|---|---|---|---|\n",
        ]
        parts += [_line(row) for row in rows if row.group == group]
    parts.append(f"\n{LOOK_AT}")
    parts += [f"- {name}: {BY_HAND.get(name, licence)}\n" for name, licence in to_look_at().items()]
    return "".join(parts)


def _line(row: Dependency) -> str:
    size = "built here" if row.megabytes is None else f"{row.megabytes:.0f} MB" if row.megabytes >= 1 else "< 1 MB"
    return f"| {row.name} | {row.version} | {row.licence} | {size} | {row.use} | {row.network} |\n"


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/dependencies.md")
    if parser.parse_args().write:
        DOCUMENT.write_text(document(), encoding="utf-8")
    else:
        print(document(), end="")


if __name__ == "__main__":
    main()
