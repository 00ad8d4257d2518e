"""`roxy skills`: what skills there are, writing and testing one's own, and what each may do."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.cli.running import run
from roxy.config.settings import Settings, load_settings
from roxy.config.trust import TrustFile
from roxy.contracts.skills import Permissions, SkillInfo
from roxy.errors import RoxyError, UsageError
from roxy.skills.finding import ANY_CHANGE, Found, Reader, SkillSource, standard_sources
from roxy.skills.folder import SkillFolder
from roxy.skills.kept import Kept
from roxy.skills.manager import SkillManager
from roxy.skills.sentences.grammar import Grammar

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Skills: what there is, and what each may do.",
)

_STDERR = 2
"""The file descriptor: what a skill's tests print is beside the data."""

_NAMED = "named"
"""The source of a folder that was named on the command line."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name, as `roxy skills list` shows it.")]


def _settings() -> Settings:
    return load_settings(here(), os.environ)


def _manager() -> AbstractAsyncContextManager[SkillManager]:
    places, settings = here(), _settings()
    return SkillManager(
        standard_sources(places, settings.skill_folders),
        trust=TrustFile(places.trust_file),
        cache=places.cache,
        language=settings.language,
        disabled=[name for name in settings.skills if not settings.skill_enabled(name)],
        report=lambda _: None,  # shown in the list
    )


async def _all() -> tuple[Sequence[SkillInfo], Sequence[str]]:
    async with _manager() as skills:
        await skills.check()
        listed = {info.name for info in skills.skills()}
        beside = [f"{one.skill}: {one.problem}" for one in skills.problems if one.skill not in listed]
        return skills.skills(), beside


@app.command("list")
def list_skills(*, as_json: output.JsonFlag = False) -> None:
    """All skills, and what is wrong with those that cannot be used. Ends with 1 when one is broken.

    \b
    Examples:
      roxy skills list
      roxy skills list --json
    """
    found, beside = run(_all())
    output.show(found, as_json=as_json, view=_table)
    for problem in beside:
        output.note(problem)
    if beside or any(info.problem and info.approved for info in found):
        raise typer.Exit(1)


@app.command()
def show(name: Name, *, as_json: output.JsonFlag = False) -> None:
    """What a skill understands, asks for and was granted. Its page of help follows.

    \b
    Examples:
      roxy skills show clock
    """
    found, _ = run(_all())
    info = next((one for one in found if one.name == name), None)
    if info is None:
        raise _unknown(name, [one.name for one in found])
    granted = TrustFile(here().trust_file).granted(name)
    document = {"skill": info, "granted": granted}
    output.show(document, as_json=as_json, view=lambda _: _page(info, granted))


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens, such as tea-timer.")
    ],
    *,
    into: Annotated[Path | None, typer.Option("--into", help="The folder to write it into; yours by default.")] = None,
) -> None:
    """Write a skill that works at once. It comes with sentences, an example and a test.

    \b
    Examples:
      roxy skills new tea-timer
      roxy skills new tea-timer --into .
    """
    # It loads the reader of skills, which no other command but `test` needs.
    from roxy.skills.scaffold import new_skill  # noqa: PLC0415

    folder = new_skill(into or here().skills, name)
    output.line(str(folder))
    output.note(f"Try it: roxy skills test {folder}\nThen let Roxy run it: roxy skills approve {name} --any-change")


@app.command("test")
def run_examples(
    which: Annotated[
        str | None, typer.Argument(metavar="SKILL", help="A skill's name or folder; all of them when left away.")
    ] = None,
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Say every example phrase to all skills. Ends with 1 when one goes astray.

    A single skill is then tested by its `test_*.py` when pytest is installed. That runs its code: a skill that is
    named must be approved for that, a folder that is named is trusted by naming it.

    \b
    Examples:
      roxy skills test
      roxy skills test ./tea-timer
    """
    found = [one for one in run(_found()) if one.folder is not None]
    chosen = _chosen(which, found) if which else None
    failures = _failures([chosen] if chosen else found, found)
    output.show(failures, as_json=as_json, view=lambda all_: "\n".join(map(str, all_)) or "Every example routes right.")
    if (chosen is not None and _tests_fail(chosen)) or failures:
        raise typer.Exit(1)


@app.command()
def install(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder with a SKILL.md.")],
    *,
    yes: output.YesFlag = False,
) -> None:
    """Copy a skill into your skills and approve it as it is now.

    \b
    Examples:
      roxy skills install ./tea-timer
    """
    source = path.resolve()
    checked = _read(source)
    target = here().skills / checked.name
    if target.exists():
        raise UsageError(f"{target} is there already.", hint="Remove that folder first.")
    if not output.confirm(f"{_summary(checked)}\nCopy it to {target} and let Roxy run its code?", yes=yes):
        raise typer.Exit(1)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".git"), symlinks=True)
    copied = _read(target)
    if copied.digest != checked.digest:
        raise RoxyError(f"{source} changed while it was copied, so it was not approved.", hint=f"Look at {target}.")
    TrustFile(here().trust_file).approve("skill", copied.name, copied.digest)
    output.line(f"{copied.name} is installed.")


@app.command()
def approve(
    name: Name,
    *,
    any_change: Annotated[
        bool, typer.Option("--any-change", help="And all later changes: for what you write.")
    ] = False,
    yes: output.YesFlag = False,
) -> None:
    """Let Roxy run a skill as its files are now. A package that announces skills is approved by its name.

    \b
    Examples:
      roxy skills approve tea-timer
      roxy skills approve tea-timer --any-change
    """
    trust = TrustFile(here().trust_file)
    found = next((one for one in reversed(run(_found())) if one.name == name), None)
    if found is None:
        _approve_package(name, trust, yes=yes)
        return
    if found.source.trusted:
        output.note(f"{name} comes with Roxy and needs no approval.")
        return
    if output.confirm(f"{_summary(found)}\nLet Roxy run its code?", yes=yes):
        trust.approve("skill", name, ANY_CHANGE if any_change else found.digest)
        output.line(f"{name} is approved.")
    else:
        raise typer.Exit(1)


@app.command()
def grant(
    name: Name,
    *,
    server: Annotated[list[str] | None, typer.Option("--server", help="An MCP server, all its tools.")] = None,
    tool: Annotated[list[str] | None, typer.Option("--tool", help="One tool, as SERVER.TOOL.")] = None,
    folder: Annotated[list[Path] | None, typer.Option("--folder", help="A folder it may read.")] = None,
    host: Annotated[list[str] | None, typer.Option("--host", help="A host it may fetch from.")] = None,
    server_control: Annotated[bool, typer.Option("--server-control", help="Starting and stopping servers.")] = False,
) -> None:
    """Allow a skill something, for good.

    \b
    Examples:
      roxy skills grant files --folder ~/Documents
      roxy skills grant web-search --server brave_search
    """
    _known(name)
    more = Permissions(
        servers=frozenset(server or ()),
        tools=frozenset(tool or ()),
        folders=frozenset(str(one.expanduser().absolute()) for one in folder or ()),
        hosts=frozenset(one.lower() for one in host or ()),
        server_control=server_control,
    )
    if not more:
        raise UsageError(
            "There is nothing to grant.", hint=f"For example: roxy skills grant {name} --folder ~/Documents"
        )
    trust = TrustFile(here().trust_file)
    trust.grant(name, more)
    output.line(f"{name} may now use: {_permissions(trust.granted(name))}")


@app.command()
def withdraw(name: Name) -> None:
    """Take back all that a skill was granted, and every "always".

    \b
    Examples:
      roxy skills withdraw files
    """
    _known(name)
    TrustFile(here().trust_file).withdraw(name)
    output.line(f"{name} may use nothing without asking.")


async def _found() -> Sequence[Found]:
    async with _manager() as skills:
        return skills.everything


def _known(name: str) -> None:
    names = [one.name for one in run(_found())]
    if name not in names:
        raise _unknown(name, names)


def _unknown(name: str, names: Sequence[str]) -> UsageError:
    near = get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else "See them with: roxy skills list"
    return UsageError(f"There is no skill {name!r}.", hint=hint)


def _chosen(which: str, found: Sequence[Found]) -> Found:
    """A skill by its folder (a path) or its name."""
    path = Path(which).resolve()
    if (path / "SKILL.md").is_file():
        return _read(path)
    chosen = next((one for one in reversed(found) if one.name == which), None)
    if chosen is None:
        raise _unknown(which, [one.name for one in found])
    if chosen.loaded is None:
        output.note(f"{which}: {chosen.problem}")
    return chosen


def _read(path: Path) -> Found:
    """A folder that was named on the command line; raises `UsageError` when it is no valid skill."""
    found = Reader(kept=Kept(), language=_settings().language).find(path, SkillSource(_NAMED, path.parent))
    if found.folder is None:
        raise UsageError(f"{path} cannot be used: {found.problem}")
    return found


def _approve_package(name: str, trust: TrustFile, *, yes: bool) -> None:
    # Packages are looked for only when no folder has the name.
    from roxy.skills.packages import KIND, announced, package_digest  # noqa: PLC0415

    module = next((module for _, module, distribution in announced(Kept()) if distribution == name), None)
    if module is None:
        raise _unknown(name, [one.name for one in run(_found())])
    root, digest = package_digest(module)
    if not output.confirm(f"The package {name} in {root} announces skills. Let Roxy run its code?", yes=yes):
        raise typer.Exit(1)
    trust.approve(KIND, name, digest)
    output.line(f"{name} is approved.")


def _failures(tested: Sequence[Found], beside: Sequence[Found]) -> Sequence[object]:
    """The examples of `tested` that go astray among all skills; each says so as a text."""
    # The bench loads what only testing needs.
    from roxy.testing.examples import misrouted  # noqa: PLC0415

    grammar = Grammar()
    for one in (*beside, *tested):
        grammar.put(_described(one).name, _described(one).templates)
    return [failure for one in tested for failure in misrouted(_described(one), grammar)]


def _tests_fail(chosen: Found) -> bool:
    """Run the tests in a skill's folder; False when there are none, or they may not be run."""
    folder = chosen.path
    if chosen.source.kind != _NAMED and chosen.loaded is None:
        return False
    if not any(folder.glob("test_*.py")):
        return False
    if importlib.util.find_spec("pytest") is None:
        output.note("pytest is not installed, so the skill's own tests were not run.")
        return False
    options = ("asyncio_mode=auto", "asyncio_default_fixture_loop_scope=function")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    command += [word for option in options for word in ("-o", option)]
    done = subprocess.run([*command, "--rootdir", str(folder), str(folder)], stdout=_STDERR, check=False)
    return done.returncode != 0


def _described(found: Found) -> SkillFolder:
    """What the folder says of itself; raises `RoxyError` when it cannot be read."""
    if found.folder is None:
        raise RoxyError(f"{found.name} cannot be used: {found.problem}")
    return found.folder


def _summary(found: Found) -> str:
    folder = _described(found)
    wants = _permissions(folder.wants) or "nothing"
    return f"{found.name}: {folder.description}\nFolder: {found.path}\nIt asks for: {wants}"


def _table(found: Sequence[SkillInfo]) -> output.View:
    rows = [(info.name, info.source, info.problem or info.description) for info in found]
    return output.table(("skill", "from", "what it does, or what is wrong"), rows)


def _page(info: SkillInfo, granted: Permissions) -> str:
    lines = [f"{info.name} ({info.source}): {info.description}", f"folder: {info.path}"]
    for label, text in (
        ("problem", info.problem),
        ("asks for", _permissions(info.wants)),
        ("granted", _permissions(granted)),
    ):
        if text:
            lines.append(f"{label}: {text}")
    lines += [f"  “{example}”" for intent in info.intents for example in list(intent.examples)[:2]]
    return "\n".join([*lines, "", info.help]).rstrip()


def _permissions(given: Permissions) -> str:
    parts = [
        *(f"server {name}" for name in sorted(given.servers)),
        *(f"tool {name}" for name in sorted(given.tools)),
        *(f"folder {name}" for name in sorted(given.folders)),
        *(f"host {name}" for name in sorted(given.hosts)),
    ]
    return ", ".join([*parts, *(["control of servers"] if given.server_control else [])])
