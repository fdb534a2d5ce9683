"""`python -m assistant` is `caseclerk`."""

from assistant.cli.root import run

if __name__ == "__main__":
    run()
