"""Hooks through pluggy: modules that packages announce by entry point, and skills that implement a hook.

An installed package is approved like a skill, pinned by a hash over its files, before its module is imported. Every
implementation is called by itself, so that one that raises stops nobody.
"""

import importlib.util
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pluggy

from roxy.errors import ConfigError
from roxy.skills import hookspecs
from roxy.skills.finding import ANY_CHANGE, SkillSource, Trust
from roxy.skills.folder import digest_of, snapshot
from roxy.skills.kept import Kept

log = logging.getLogger(__name__)

GROUP = "roxy.skills"
KIND = "package"


@dataclass(slots=True)
class Hooks:
    """The plugins of one manager."""

    report: Callable[[str, str], None]
    """Told the plugin's name and what went wrong."""
    _plugins: pluggy.PluginManager = field(default_factory=lambda: pluggy.PluginManager(hookspecs.PROJECT))

    def __post_init__(self) -> None:
        self._plugins.add_hookspecs(hookspecs)

    def take(self, name: str, module: Any) -> None:
        """Register the hooks of `module`, in place of those that `name` had; a hook nobody knows is reported."""
        self.drop(name)
        try:
            self._plugins.register(module, name)
            self._plugins.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            self.drop(name)
            self.report(name, f"its hooks cannot be used: {error}")

    def drop(self, name: str) -> None:
        """Forget the hooks of `name`."""
        if self._plugins.has_plugin(name):
            self._plugins.unregister(name=name)

    def call(self, hook: str, arguments: Mapping[str, Any]) -> list[Any]:
        """What every implementation of `hook` returns, the last registered first; those that raise are reported."""
        results = []
        for found in reversed(getattr(self._plugins.hook, hook).get_hookimpls()):
            try:
                results.append(found.function(*(arguments[name] for name in found.argnames)))
            except Exception:
                # The border to other people's code: whatever one raises, the others are called.
                log.exception("hook %s of %s raised", hook, found.plugin_name)
                self.report(found.plugin_name, f"its {hook} raised; the log has the details")
        return results


def announced(kept: Kept) -> list[tuple[str, str, str]]:
    """Entry points of the group as (name, module, distribution); the scan is kept until a folder of packages changes."""
    folders = [[path, Path(path).stat().st_mtime_ns] for path in sys.path if path and Path(path).is_dir()]
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
    points: Iterable[tuple[str, str, str]], hooks: Hooks, trust: Trust | None
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

