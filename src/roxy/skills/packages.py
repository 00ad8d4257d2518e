"""Skills of installed packages, announced by the entry-point group `roxy.skills`.

A package is approved like a skill, pinned by a hash over its files, before its module is imported; then the hook
`roxy_skill_folders` of that module names its skills.
"""

import importlib.util
import logging
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from roxy.errors import ConfigError
from roxy.skills.finding import ANY_CHANGE, SkillSource, Trust
from roxy.skills.folder import digest_of, snapshot
from roxy.skills.kept import Kept

log = logging.getLogger(__name__)

GROUP = "roxy.skills"
KIND = "package"
"""The kind under which packages are approved."""


class Plugins(Protocol):
    """`roxy.skills.hooks.Hooks`; it loads pluggy, so it is made only when a package announces something."""

    def take(self, name: str, module: Any) -> None:
        """Register the hooks of a module."""
        ...

    def call(self, hook: str, arguments: Mapping[str, Any]) -> list[Any]:
        """Call a hook."""
        ...

    def report(self, name: str, problem: str) -> None:
        """Tell what is wrong."""
        ...


def announced(kept: Kept) -> list[tuple[str, str, str]]:
    """Entry points of the group as (name, module, distribution); kept until a folder of packages changes."""
    folders = _package_folders()
    noted = kept.noted(GROUP)
    if isinstance(noted, dict) and noted.get("folders") == folders:
        return [(name, module, distribution) for name, module, distribution in noted["found"]]
    from importlib.metadata import entry_points  # noqa: PLC0415  # slow; only when packages have changed

    found = [
        (point.name, point.module, point.dist.name if point.dist else point.name) for point in entry_points(group=GROUP)
    ]
    kept.note(GROUP, {"folders": folders, "found": found})
    return found


def _package_folders() -> list[list[Any]]:
    """Where packages are installed, with the time of the last change."""
    # Where one happens to stand changes all the time, and packages are not installed there.
    places = [Path(path) for path in sys.path if path and Path(path) != Path.cwd()]
    return [[str(path), path.stat().st_mtime_ns] for path in places if path.is_dir()]


def package_sources(
    points: Iterable[tuple[str, str, str]], hooks: Plugins, trust: Trust | None
) -> Iterable[SkillSource]:
    """The skill folders of approved packages; the others are reported with the command that approves them."""
    roots = []
    for name, module, distribution in points:
        root = _approved(module, distribution, hooks, trust)
        if root is not None:
            roots.append(root.resolve())
            _import(name, module, distribution, hooks)
    for named in hooks.call("roxy_skill_folders", {}):
        for folder in named if isinstance(named, list | tuple | set | frozenset) else ():
            path = Path(str(folder)).resolve()
            yield SkillSource("package", path, trusted=any(path.is_relative_to(root) for root in roots), single=True)


def _approved(module: str, distribution: str, hooks: Plugins, trust: Trust | None) -> Path | None:
    """Where an approved package lies; None, reported, for one that may not be imported."""
    try:
        root, digest = package_digest(module)
        approved = None if trust is None else trust.approved(KIND, distribution)
    except ConfigError as error:
        hooks.report(distribution, str(error))
        return None
    if approved in (digest, ANY_CHANGE):
        return root
    hooks.report(distribution, f"The package was not approved as it is now: roxy skills approve {distribution}")
    return None


def _import(name: str, module: str, distribution: str, hooks: Plugins) -> None:
    try:
        hooks.take(name, import_module(module))
    except Exception as error:
        # The border to other people's code: a package that cannot be imported stops nobody.
        log.exception("package %s could not be imported", distribution)
        hooks.report(distribution, f"it could not be imported: {type(error).__name__}")


def package_digest(module: str) -> tuple[Path, str]:
    """Where the top package of `module` lies and the hash over its files, found without running it."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None or spec.origin is None:
        raise ConfigError(f"the module {module} is announced but not installed")
    origin = Path(spec.origin)
    if spec.submodule_search_locations:
        return origin.parent, digest_of(snapshot(origin.parent))
    return origin, digest_of({origin.name: origin.read_bytes()})
