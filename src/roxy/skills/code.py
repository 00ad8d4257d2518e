"""A version of a skill's code: its modules in a package of their own, from files held in memory.

Each version is the package `roxy_skills.<name>_<number>`, so that `from . import times` works, a reload gets fresh
modules, and a turn in flight goes on with the version it began with, even where it imports something late. What is
run is exactly what was read (and hashed, where it is pinned): the disk is not asked again, and no bytecode is kept.
"""

import inspect
import itertools
import sys
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import decode_source
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from roxy.contracts.skills import RoxySkill
from roxy.errors import SkillError

_ROOT = "roxy_skills"
_numbers = itertools.count(1)
_versions: weakref.WeakValueDictionary[str, "SkillCode"] = weakref.WeakValueDictionary()


@dataclass(eq=False)
class SkillCode:
    """One loaded version; it lives as long as somebody holds it, its modules with it."""

    name: str
    folder: Path
    files: Mapping[str, bytes] = field(repr=False)
    package: str = ""
    module: ModuleType | None = None
    _skills: dict[str, RoxySkill] = field(default_factory=dict)
    _only: RoxySkill | None = None

    def skill_for(self, intent: str) -> RoxySkill:
        """The object that answers `intent`; raises `SkillError` when there is none."""
        found = self._skills.get(intent, self._only)
        if found is None:
            raise SkillError(
                f"the skill {self.name} has nothing that answers {intent}",
                skill=self.name,
                hint='Its skill.py needs a subclass of RoxySkill; several of them each need `intents = ("…",)`.',
            )
        return found


def load_code(name: str, folder: Path, files: Mapping[str, bytes], intents: Sequence[str] = ()) -> SkillCode:
    """Run a skill's `skill.py`; raises `SkillError` that says what went wrong, with the original as its cause."""
    package = f"{_ROOT}.{name.replace('-', '_')}_{next(_numbers)}"
    code = SkillCode(name, folder, python_of(files), package)
    _install()
    _versions[package] = code
    weakref.finalize(code, _forget, package)
    try:
        code.module = import_module(f"{package}.skill")
        _find_skills(code, intents)
    except SkillError:
        raise
    except (Exception, SystemExit) as error:
        # A skill's module may raise anything at all when it is run; one bad skill stops nobody.
        raise SkillError(
            f"the skill {name} could not be loaded: {_reason(error)}", skill=name, hint=f"See {folder / 'skill.py'}."
        ) from error
    return code


def python_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that are code; tests beside a skill are not a part of it."""
    return {
        path: text
        for path, text in files.items()
        if path.endswith(".py") and not path.rpartition("/")[2].startswith("test_")
    }


def _reason(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno} of {Path(error.filename or 'skill.py').name} is not Python: {error.msg}"
    return f"{type(error).__name__}: {error}"


def _find_skills(code: SkillCode, intents: Sequence[str]) -> None:
    """Make one object of each class that answers, and see that every intent has one."""
    classes = _classes(code)
    for one in classes:
        instance = one()
        answers = getattr(one, "intents", ())
        if not answers and len(classes) == 1:
            code._only = instance  # noqa: SLF001  # its own module
        for intent in answers:
            if intent not in intents:
                why = f"{one.__name__} of the skill {code.name} answers an undeclared intent {intent}"
                raise SkillError(why, skill=code.name)
            code._skills[intent] = instance  # noqa: SLF001  # its own module
    for intent in intents:
        code.skill_for(intent)


def _classes(code: SkillCode) -> list[type[RoxySkill]]:
    """The finished classes in `skill.py` that are not the base of another one there."""
    classes = [value for value in vars(code.module).values() if _answers(value, code)]
    return [one for one in classes if not any(one is not other and issubclass(other, one) for other in classes)]


def _answers(value: Any, code: SkillCode) -> TypeGuard[type[RoxySkill]]:
    if not inspect.isclass(value) or inspect.isabstract(value):
        return False
    return issubclass(value, RoxySkill) and value.__module__.startswith(code.package)


class _Finder:
    """Finds and loads the modules of all versions, from memory (PEP 451)."""

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        package = _is_package(fullname) if fullname.partition(".")[0] == _ROOT else None
        if package is None:
            return None
        loader: Any = self
        spec = ModuleSpec(fullname, loader, origin=str(_file(fullname)), is_package=package)
        spec.has_location = True
        return spec

    def create_module(self, _spec: ModuleSpec) -> None:
        """The usual module object."""

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        exec(compile(self.get_source(name), str(_file(name)), "exec"), vars(module))  # noqa: S102  # approved code

    def get_source(self, fullname: str) -> str:
        """For tracebacks too (`linecache`)."""
        code, tail = _split(fullname)
        if code is None or not tail:
            return ""
        return decode_source(code.files[_inside(code, tail)])

    def is_package(self, fullname: str) -> bool:
        return bool(_is_package(fullname))


_finder = _Finder()


def _install() -> None:
    if _finder not in sys.meta_path:
        sys.meta_path.append(_finder)


def _split(fullname: str) -> tuple["SkillCode | None", str]:
    """The version a module belongs to, and its path inside of it as `a/b`."""
    parts = fullname.split(".")
    return _versions.get(".".join(parts[:2])), "/".join(parts[2:])


def _inside(code: SkillCode, tail: str) -> str:
    return f"{tail}.py" if f"{tail}.py" in code.files else f"{tail}/__init__.py"


def _is_package(fullname: str) -> bool | None:
    """Whether a module is a package; None when there is no such module."""
    code, tail = _split(fullname)
    if fullname == _ROOT or (code is not None and not tail):
        return True
    if code is None:
        return None
    if f"{tail}.py" in code.files:
        return False
    return (
        True
        if any(path.startswith(f"{tail}/") for path in code.files) and f"{tail}/__init__.py" in code.files
        else None
    )


def _file(fullname: str) -> Path:
    code, tail = _split(fullname)
    if code is None:
        return Path(_ROOT)
    return code.folder / (_inside(code, tail) if tail else "__init__.py")


def _forget(package: str) -> None:
    """Take the modules of a version that nobody holds any more out of the interpreter's table."""
    for module in [module for module in sys.modules if module == package or module.startswith(f"{package}.")]:
        sys.modules.pop(module, None)
