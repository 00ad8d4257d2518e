"""Environments with old SDKs, one for each version: built once in `.cache/eras` of the checkout, then reused.

Everything but the SDK itself has the exact version of `constraints.txt`, so that a cell of the matrix means the same
thing next year; they exist for Python 3.11 to 3.13. An environment is built anew when what it should hold has changed.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fakes.node import CACHE, CONSTRAINTS

STAMP = ".built"


def interpreter(packages: Sequence[str]) -> Path:
    """The Python of an environment with `packages` (exact requirements); this one's own when there are none."""
    if not packages:
        return Path(sys.executable)
    folder = CACHE / "eras" / packages[0].replace("==", "-").replace("[ws]", "")
    python = folder / "bin" / "python"
    wanted = hashlib.sha256("\n".join([sys.version, *packages, CONSTRAINTS.read_text(encoding="utf-8")]).encode())
    stamp = folder / STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted.hexdigest():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install", "-qq"]
        subprocess.run([*pip, "--constraint", str(CONSTRAINTS), *packages], check=True)
        stamp.write_text(wanted.hexdigest(), encoding="utf-8")
    return python


def build(every: Sequence[Sequence[str]]) -> None:
    """Build the environments that are missing, two at a time."""
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(interpreter, every))
