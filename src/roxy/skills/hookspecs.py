"""All hooks a skill or an installed package may implement, typed. A hook that is not here is refused.

A skill's `skill.py` marks functions with `@hookimpl`; an installed package names a module with such functions under the
entry-point group `roxy.skills`. A hook that raises is reported and stops nobody.
"""

from collections.abc import Sequence
from pathlib import Path

import pluggy

PROJECT = "roxy"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a skill as the implementation of the hook of the same name."""


@hookspec
def roxy_skill_folders() -> Sequence[Path | str]:
    """Announce a list of folders of which each is one skill (with a SKILL.md); asked once, when Roxy opens."""
    return ()


@hookspec
def roxy_turn_ended(session_id: str, text: str, reply: str, skill: str, success: bool) -> None:  # noqa: FBT001  # by name
    """A turn has ended: what was said, what Roxy answered, which skill did (empty: none). It cannot be changed."""
