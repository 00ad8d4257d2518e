"""Roxy, a private assistant: what a skill author may import, loaded at first use so that `import roxy` is free."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = ["RoxySkill", "SkillContext", "SkillResult", "__version__", "hookimpl"]

_HOMES = {
    "RoxySkill": "roxy.contracts.skills",
    "SkillContext": "roxy.contracts.skills",
    "SkillResult": "roxy.contracts.skills",
    "hookimpl": "roxy.skills.hookspecs",
}


def __getattr__(name: str) -> Any:
    """Load a public name at its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
