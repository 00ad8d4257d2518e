"""`python -m roxy` and the console script `roxy`: the command line, imported when it is run."""

import sys


def main() -> None:
    """Run the command line with this process's arguments and leave with its exit code."""
    from roxy.cli.main import invoke  # noqa: PLC0415 -- the entry point itself must import for free

    sys.exit(invoke())


if __name__ == "__main__":
    main()
