"""How long a whole command takes, from the shell's view, beside a bare Python that does nothing.

Alternates the commands over several rounds in a home of its own; prints the median of each and its ratio to the bare
interpreter. Goals on a quiet machine: `--version` 0.15 s, `ask "what time is it"` 0.6 s.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 9
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "roxy --version": ["-m", "roxy", "--version"],
    "roxy ask 'what time is it'": ["-m", "roxy", "ask", "what time is it"],
    "roxy ask 'what is 15% of 80'": ["-m", "roxy", "ask", "what is 15% of 80"],
    "roxy mcp list": ["-m", "roxy", "mcp", "list"],
}
GOALS = {"roxy --version": 0.15, "roxy ask 'what time is it'": 0.6}


def seconds(arguments: list[str], environ: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "ROXY_HOME": home}
        for arguments in COMMANDS.values():
            seconds(arguments, environ)
        taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(ROUNDS):
            for name, arguments in COMMANDS.items():
                taken[name].append(seconds(arguments, environ))
    bare = statistics.median(taken["python -c pass"])
    for name, times in taken.items():
        median = statistics.median(times)
        goal = f"  goal {GOALS[name]:.2f} s" if name in GOALS else ""
        print(f"{name:32} {median:6.3f} s  {median / bare:5.1f} x bare python{goal}")


if __name__ == "__main__":
    main()
