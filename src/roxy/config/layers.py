"""Layers of settings: packaged < site < project < user < environment < command line; later wins.

Mappings are merged key by key, scalars and lists are replaced. Every leaf keeps the place where it was written, so
that `explain` can name it. The project's files count only when the user approved them as they are now.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from roxy.config.loader import Node, read_file
from roxy.config.places import Places
from roxy.config.trust import TrustFile
from roxy.errors import ConfigError

SETTINGS_FILE = "roxy.yaml"
SERVERS_FILE = "mcp_servers.yaml"
_PROJECT_FILES = (SETTINGS_FILE, SERVERS_FILE)
PREFIX = "ROXY_"


def merge(lower: Node, upper: Node) -> Node:
    """`upper` over `lower`. A mapping with nothing behind its key (`user:`) leaves what is below as it is."""
    if lower.is_mapping and upper.value is None and not upper.untyped:
        return lower
    if not (lower.is_mapping and upper.is_mapping):
        return upper
    merged = dict(lower.value)
    for name, child in upper.value.items():
        merged[name] = merge(merged[name], child) if name in merged else child
    return Node(merged, upper.where)


def merged(nodes: Iterable[Node | None]) -> Node:
    """All layers, lowest first, as one tree."""
    result = Node({}, "")
    for node in nodes:
        if node is not None:
            result = merge(result, node)
    return result


def files(places: Places, name: str) -> list[Node | None]:
    """The trees of the file `name` in the packaged, site, project and user's folder; None where it is not."""
    folders = [places.packaged, places.site]
    folders += [places.project] if project_state(places) == "approved" else []
    return [read_file(folder / name) for folder in (*folders, places.config)]


def environment(environ: Mapping[str, str], known: Iterable[str], below: Node) -> Node | None:
    """`ROXY_SECTION__KEY` variables whose section is `known`, as a tree.

    Names are matched to what is below without regard to case, `-` and `_`, since a variable cannot hold them.
    """
    found: Node | None = None
    sections = set(known)
    for variable in sorted(environ):
        if not variable.startswith(PREFIX):
            continue
        path = variable.removeprefix(PREFIX).lower().split("__")
        if path[0] in sections and all(path):
            leaf = Node(environ[variable], f"environment {variable}", environ[variable], untyped=True)
            found = merge(found or Node({}, ""), _nested(_spelled(path, below), leaf))
    return found


def check_environment(environ: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse a `ROXY_SECTION__KEY` whose section nobody reads."""
    sections = list(known)
    for variable in sorted(environ):
        section, two, _ = variable.removeprefix(PREFIX).lower().partition("__")
        if variable.startswith(PREFIX) and two and section not in sections:
            names = ", ".join(f"{PREFIX}{name.upper()}__…" for name in sections)
            raise ConfigError(
                f"`{section}` is not a section of the settings.",
                where=f"environment {variable}",
                hint=f"Known: {names}",
            )


def command_line(overrides: Sequence[str]) -> Node | None:
    """Words of the form `section.key=value`, as a tree."""
    found: Node | None = None
    for word in overrides:
        name, equals, value = word.partition("=")
        path = name.strip().split(".")
        if not equals or not all(path):
            raise ConfigError(f"`{name}` is not a setting.", where="command line", hint="Write section.key=value.")
        leaf = Node(value, "command line", value, untyped=True)
        found = merge(found or Node({}, ""), _nested(path, leaf))
    return found


def project_digest(places: Places) -> str | None:
    """What the project's files hold, as a hash; None when the project has none."""
    found = {name: data for name in _PROJECT_FILES if (data := _bytes(places.project / name)) is not None}
    if not found:
        return None
    # Few folders hold a project's files, and every command pays for what is imported above.
    from hashlib import sha256  # noqa: PLC0415

    digest = sha256()
    for name, data in found.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def project_state(places: Places) -> str:
    """`none` without files in the project, `approved`, `changed` since it was, or `new`."""
    digest = project_digest(places)
    if digest is None:
        return "none"
    pinned = TrustFile(places.trust_file).approved("project", str(places.project))
    if pinned is None:
        return "new"
    return "approved" if pinned == digest else "changed"


def approve_project(places: Places) -> bool:
    """Let the project's files count as they are now; False when there are none."""
    digest = project_digest(places)
    if digest is not None:
        TrustFile(places.trust_file).approve("project", str(places.project), digest)
    return digest is not None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"It cannot be read: {error.strerror}.", where=str(path)) from error


def _nested(path: Sequence[str], leaf: Node) -> Node:
    for name in reversed(path):
        leaf = Node({name: leaf}, leaf.where)
    return leaf


def _spelled(path: Sequence[str], below: Node) -> list[str]:
    spelled: list[str] = []
    node: Node | None = below
    for word in path:
        names = node.value if node is not None and node.is_mapping else {}
        name = next((name for name in names if name.lower().replace("-", "_") == word), word)
        spelled.append(name)
        node = names.get(name)
    return spelled
