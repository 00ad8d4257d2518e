"""Relative paths among the words of a server's command: they lead from the folder it starts in, which is its own."""

from collections.abc import Sequence
from pathlib import Path, PurePath

from roxy.contracts.servers import ServerConfig, ServerTransport

_SCRIPTS = frozenset(
    {".py", ".pyz", ".js", ".mjs", ".cjs", ".ts", ".mts", ".sh", ".bash", ".rb", ".pl", ".php", ".lua", ".jar", ".dart"}
)
_HERE = ("./", "../")


def whole(words: Sequence[str], folder: Path) -> dict[str, str]:
    """The words that name a file or folder below `folder` by a relative path, each with its whole path."""
    return {word: str((folder / word).resolve()) for word in words if _may_lead(word) and (folder / word).exists()}


def astray(config: ServerConfig) -> str:
    """The first word that names a file by a relative path that leads nowhere; empty when there is none."""
    if config.transport is not ServerTransport.STDIO:
        return ""
    folder = Path(config.cwd or ".")
    words = (str(config.command), *config.args)
    return next((word for word in words if _must_lead(word) and not (folder / word).exists()), "")


def to_set_folder(config: ServerConfig) -> str:
    """The command that says where a server starts, where it is declared."""
    kind, _, name = config.where.partition(" ")
    if kind == "connector":
        return f"roxy mcp connectors edit {name} --set cwd=FOLDER"
    return f"roxy mcp config set {config.name} cwd FOLDER"


def _may_lead(word: str) -> bool:
    """Whether it may be a relative path: whoever says so looks whether it leads somewhere."""
    return word in {".", ".."} or (_is_plain(word) and ("/" in word or PurePath(word).suffix in _SCRIPTS))


def _must_lead(word: str) -> bool:
    """Whether it is most likely a relative path; `owner/name` may be the name of a package or an image."""
    return _is_plain(word) and (word.startswith(_HERE) or PurePath(word).suffix in _SCRIPTS)


def _is_plain(word: str) -> bool:
    """Not absolute, no option, no address, no package with a scope, and no program text."""
    return bool(word) and word[0] not in "/-@~" and "://" not in word and not any(one.isspace() for one in word)
