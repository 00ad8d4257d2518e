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
    # Where one happens to stand changes all the time, and packages are not installed there.
    places = [path for path in sys.path if path and Path(path).is_dir() and Path(path) != Path.cwd()]
    folders = [[path, Path(path).stat().st_mtime_ns] for path in places]
    noted = kept.noted(GROUP)
    if isinstance(noted, dict) and noted.get("folders") == folders:
        return [(name, module, distribution) for name, module, distribution in noted["found"]]
    from importlib.metadata import entry_points  # noqa: PLC0415  # slow; only when packages have changed

    found = [
        (point.name, point.module, point.dist.name if point.dist else point.name) for point in entry_points(group=GROUP)
    ]
    kept.note(GROUP, {"folders": folders, "found": found})
    return found


def package_sources(
    points: Iterable[tuple[str, str, str]], hooks: Plugins, trust: Trust | None
) -> Iterable[SkillSource]:
    """The skill folders of approved packages; the others are reported with the command that approves them."""
    roots: list[Path] = []
    for name, module, distribution in points:
        try:
            root, digest = package_digest(module)
            approved = None if trust is None else trust.approved(KIND, distribution)
        except ConfigError as error:
            hooks.report(distribution, str(error))
            continue
        if approved not in (digest, ANY_CHANGE):
            hooks.report(distribution, f"The package was not approved as it is now: roxy skills approve {distribution}")
            continue
        roots.append(root.resolve())
        try:
            hooks.take(name, import_module(module))
        except Exception as error:
            # The border to other people's code: a package that cannot be imported stops nobody.
            log.exception("package %s could not be imported", distribution)
            hooks.report(distribution, f"it could not be imported: {type(error).__name__}")
    for folders in hooks.call("roxy_skill_folders", {}):
        for folder in folders:
            path = Path(folder).resolve()
            inside = any(path.is_relative_to(root) for root in roots)
            yield SkillSource("package", path, trusted=inside, single=True)


def package_digest(module: str) -> tuple[Path, str]:
    """Where the top package of `module` lies and the hash over its files, found without running it."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None or spec.origin is None:
        raise ConfigError(f"the module {module} is announced but not installed")
    origin = Path(spec.origin)
    if spec.submodule_search_locations:
        return origin.parent, digest_of(snapshot(origin.parent))
    return origin, digest_of({origin.name: origin.read_bytes()})
