"""The folder of files that belongs to a database and lies beside it: taken into a backup, and put back as a whole.

It is taken after the database: what stands there under a pseudonym was in its vault before, so none is missing.
"""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from roxy.store.atomic import flush_file, flush_folder


def aside(path: Path) -> Path:
    """The name under which `path` is kept when something takes its place."""
    return path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")


def taken(folder: Path) -> Mapping[str, bytes]:
    """The files of `folder`, by their names; those that are just being written (hidden ones) are left out."""
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            try:
                found[path.name] = path.read_bytes()
            except FileNotFoundError:
                continue  # forgotten just now
    return found


def put_back(folder: Path, files: Mapping[str, bytes]) -> Path | None:
    """Let `folder` (0700) hold these files (0600) and no others; returns where what was there is kept.

    Names with a path in them are refused with `ValueError`: a backup may come from anywhere.
    """
    if any(name in {"", ".", ".."} or Path(name).name != name for name in files):
        raise ValueError("a name that is a path")
    staged = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        staged.mkdir(mode=0o700)
        for name, content in files.items():
            path = staged / name
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(content)
            flush_file(path)
        flush_folder(staged)
        kept = aside(folder) if folder.exists() else None
        if kept is not None:
            folder.replace(kept)
        staged.replace(folder)
        flush_folder(folder.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return kept
