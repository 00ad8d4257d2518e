"""Run every benchmark, one after the other, each in a process of its own.

    python bench/run.py [NAME ...]

Each prints figures and ratios against a peer or a limit measured in the same run; none passes or fails by the clock.
"""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent


def main(wanted: list[str]) -> int:
    names = sorted(path.stem for path in BENCH.glob("*.py") if path.stem != "run")
    unknown = set(wanted) - set(names)
    if unknown:
        print(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(names)}.")
        return 2
    failed = []
    for name in wanted or names:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, str(BENCH / f"{name}.py")], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
