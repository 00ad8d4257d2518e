"""The folders the user allowed: finding, searching and reading files in them, and nothing outside them.

A path is first resolved, links and all, and must lie in an allowed folder. Then it is opened from that folder's own
descriptor, one component at a time, following no link: so nobody can slip a link in between the look and the open.
Hidden files stay closed even in an allowed folder (keys and passwords live in them). Work is bounded in entries, bytes
and time, and done in a thread.
"""

import asyncio
import fnmatch
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten

from roxy.contracts.skills import FileHit
from roxy.errors import Denied, UsageError

_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "CVS", "site-packages"})
_ENTRIES = 100_000
_SECONDS = 5.0
_SEARCHED_BYTES = 200_000_000
_SEARCHED_FILE = 2_000_000
_HEAD = 8_192
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class _Found:
    root: Path
    relative: str
    size: int
    modified: float
    identity: tuple[int, int]

    def hit(self, line: int | None = None, excerpt: str = "") -> FileHit:
        # A name that is no Unicode is shown as well as it can be.
        path = os.fsencode(self.root / self.relative).decode("utf-8", "replace")
        when = datetime.fromtimestamp(self.modified, UTC)
        return FileHit(path=path, size=self.size, modified=when, line=line, excerpt=excerpt)


class AllowedFolders:
    """`roxy.contracts.skills.Files` for the folders `paths`; `~` is allowed, folders that do not exist are left out."""

    def __init__(self, paths: Sequence[str | Path]) -> None:
        resolved = (Path(os.path.realpath(Path(path).expanduser())) for path in paths)
        self._roots = tuple(dict.fromkeys(path for path in resolved if path.is_dir()))

    def folders(self) -> Sequence[str]:
        """The allowed folders, as absolute paths."""
        return [str(root) for root in self._roots]

    async def find(self, pattern: str, *, limit: int = 20) -> Sequence[FileHit]:
        """Files whose name matches `pattern`, newest first.

        With `*`, `?` or `[` it is a glob (of the path within the folder when it has a slash); else every word of it
        must be in the name, whatever its case.
        """
        return await asyncio.to_thread(self._find, pattern, limit)

    async def search(self, text: str, *, limit: int = 20) -> Sequence[FileHit]:
        """Text files that contain `text`, whatever its case, newest first; binary files and those over 2 MB are not."""
        return await asyncio.to_thread(self._search, text, limit)

    async def read(self, path: str, *, max_bytes: int = 1_000_000) -> str:
        """The text of a file; a relative path is looked for in each folder.

        Raises `Denied` outside the allowed folders and for hidden files, `UsageError` for a file that is not there, is
        no text, or has more than `max_bytes`.
        """
        return await asyncio.to_thread(self._read, path, max_bytes)

    def _find(self, pattern: str, limit: int) -> Sequence[FileHit]:
        found = self._files(lambda relative: _matches(pattern.strip(), relative))
        return [file.hit() for file in _newest(found)[: max(limit, 0)]]

    def _search(self, text: str, limit: int) -> Sequence[FileHit]:
        wanted = text.strip().casefold()
        if not wanted:
            return []
        hits: list[FileHit] = []
        left, deadline = _SEARCHED_BYTES, time.monotonic() + _SECONDS
        for file in _newest(file for file in self._files(bool) if file.size <= _SEARCHED_FILE):
            left -= file.size
            if len(hits) >= limit or left < 0 or time.monotonic() > deadline:
                break
            hit = _first_line(file, wanted)
            if hit:
                hits.append(hit)
        return hits

    def _read(self, path: str, max_bytes: int) -> str:
        root, relative = self._locate(path)
        try:
            descriptor = _open_inside(root, relative)
        except OSError as error:
            raise UsageError(f"{path} could not be opened: {os.strerror(error.errno or 0)}.") from error
        with os.fdopen(descriptor, "rb") as file:
            size = os.fstat(descriptor).st_size
            data = file.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise UsageError(f"{path} has {size:,} bytes; {max_bytes:,} is the most that is read at once.")
        text = _decoded(data)
        if text is None:
            raise UsageError(f"{path} is not a text file.")
        return text

    def _locate(self, path: str) -> tuple[Path, str]:
        """The allowed folder that holds `path`, and the way from there."""
        if "\0" in path:
            raise UsageError("A path may not hold a NUL character.")
        given = Path(os.path.expanduser(path))  # noqa: PTH111 - pathlib raises for an unknown user
        places = [given] if given.is_absolute() else [root / given for root in self._roots]
        allowed = [place for place in map(self._within, places) if place]
        if not allowed:
            raise Denied(
                f"{path} is not in the folders you allowed, or is hidden.",
                hint=f"Allowed: {', '.join(self.folders()) or 'none'}.",
            )
        for root, relative in allowed:
            if os.path.isfile(root / relative):  # noqa: PTH113 - pathlib raises for a name that is too long
                return root, relative
        raise UsageError(f"There is no file {path} in the folders you allowed.")

    def _within(self, place: Path) -> tuple[Path, str] | None:
        """The allowed folder and the way from there, with links resolved; None outside and for what is hidden."""
        try:
            real = Path(os.path.realpath(place))
        except OSError:  # a link changed while it was followed
            return None
        for root in self._roots:
            if real.is_relative_to(root):
                relative = real.relative_to(root)
                return None if any(map(_is_hidden, relative.parts)) else (root, str(relative))
        return None

    def _files(self, wanted: Callable[[str], bool]) -> Iterator[_Found]:
        """All plain files with a `wanted` path, each once, as far as the bounds on entries and time let it come."""
        entries, deadline, seen = 0, time.monotonic() + _SECONDS, set[tuple[int, int]]()
        for root in self._roots:
            for folder, names, files, descriptor in os.fwalk(root, follow_symlinks=False):
                entries += len(names) + len(files)
                if entries > _ENTRIES or time.monotonic() > deadline:
                    return
                names[:] = sorted(name for name in names if not _is_hidden(name) and name not in _SKIPPED)
                inside = os.path.relpath(folder, root)
                for found in _plain_files(root, inside, files, descriptor, wanted):
                    if found.identity not in seen:
                        seen.add(found.identity)
                        yield found


def _plain_files(
    root: Path, inside: str, names: Sequence[str], descriptor: int, wanted: Callable[[str], bool]
) -> Iterator[_Found]:
    for name in names:
        relative = os.path.normpath(Path(inside) / name)
        if _is_hidden(name) or not wanted(relative):
            continue
        try:
            found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        except OSError:  # gone since it was listed
            continue
        if stat.S_ISREG(found.st_mode):
            yield _Found(root, relative, found.st_size, found.st_mtime, (found.st_dev, found.st_ino))


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _newest(files: Iterable[_Found]) -> list[_Found]:
    return sorted(files, key=lambda file: (-file.modified, file.relative))


def _matches(pattern: str, relative: str) -> bool:
    if not pattern:
        return False
    name = relative.rpartition("/")[2].lower()
    if any(sign in pattern for sign in "*?["):
        subject = relative.lower() if "/" in pattern else name
        return fnmatch.fnmatchcase(subject, pattern.lower().removeprefix("**/"))
    return all(word in name for word in pattern.lower().split())


def _first_line(file: _Found, wanted: str) -> FileHit | None:
    try:
        with os.fdopen(_open_inside(file.root, file.relative), "rb") as opened:
            text = _decoded(opened.read(_SEARCHED_FILE))
    except OSError:  # gone, or not ours to read
        return None
    if text is None or wanted not in text.casefold():
        return None
    for number, line in enumerate(text.splitlines(), start=1):
        if wanted in line.casefold():
            return file.hit(number, _excerpt(line, wanted))
    return file.hit()  # it runs over the end of a line


def _excerpt(line: str, wanted: str) -> str:
    start = max(0, line.casefold().find(wanted) - _EXCERPT // 3)
    return shorten(line[start : start + 4 * _EXCERPT], _EXCERPT, placeholder="…") or line[start : start + _EXCERPT]


def _decoded(data: bytes) -> str | None:
    """The text, or None when it is not one: a NUL never stands in UTF-8 text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:_HEAD]:
        return None
    return data.decode("utf-8-sig", "replace")


def _open_inside(root: Path, relative: str) -> int:
    """A descriptor of the plain file at `relative` (no `..`, no links) below `root`; the caller closes it."""
    *folders, name = Path(relative).parts
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = inner
        # O_NONBLOCK: a pipe that was put in the file's place must not hang the thread.
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileNotFoundError(2, "not a plain file")
    return file
