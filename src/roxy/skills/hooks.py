"""Hooks through pluggy: of modules that packages announce by entry point, and of skills that implement a hook.

Every implementation is called by itself, so that one that raises stops nobody.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pluggy

from roxy.skills import hookspecs

log = logging.getLogger(__name__)


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
