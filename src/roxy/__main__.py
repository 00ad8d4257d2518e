"""`python -m roxy` and the console script `roxy`: the command line, imported when it is run."""

import gc
import sys


def main() -> None:
    """Run the command line with this process's arguments and leave with its exit code."""
    # Loading makes hundreds of thousands of objects that all stay; looking through them for garbage costs 0.03 s.
    # What runs for longer than a moment switches it on again: see `roxy.cli.running`.
    gc.disable()
    from roxy.cli.main import invoke  # noqa: PLC0415 -- the entry point itself must import for free

    sys.exit(invoke())


if __name__ == "__main__":
    main()
