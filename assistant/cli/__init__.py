"""The command line: everything that Caseclerk does, for people and for programs."""

from assistant.cli.root import main

__all__ = ["main"]
