"""The border where an exception becomes a sentence on stderr and an exit code."""

import os
import traceback
from pathlib import Path

from click import ClickException

from roxy.cli import output
from roxy.contracts.calls import Code, ToolCallResult
from roxy.contracts.offers import Ended
from roxy.errors import ConfigError, RoxyError, UsageError

INTERRUPTED = 130
"""What a shell reports for a program that SIGINT ended (128 + 2)."""


def explain(error: Exception, *, debug: bool, as_json: bool = False) -> int:
    """Tell a person what happened and what to do next; returns the exit code.

    With `as_json` a program is told the same on stdout: `{"error": {"code", "message", "next"}}`.
    """
    if as_json:
        output.show({"error": _document(error)}, as_json=True, view=str)
    if isinstance(error, ClickException):
        error.show()
        return error.exit_code
    if debug:
        output.note("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, RoxyError):
        output.note(sentence(error))
        return error.exit_code
    output.note(defect(error) + _logged(error))
    if not debug:
        output.note("`roxy --debug …` shows the traceback.")
    return 1


def _document(error: Exception) -> dict[str, str]:
    if isinstance(error, ClickException):
        return {"code": UsageError.code, "message": error.format_message(), "next": "Add --help to the command."}
    if isinstance(error, RoxyError):
        where = f"{error.where}: " if isinstance(error, ConfigError) and error.where else ""
        return {"code": error.code, "message": f"{where}{error.message}", "next": error.hint}
    return {"code": "defect", "message": defect(error), "next": "`roxy --debug …` shows the traceback."}


def sentence(error: RoxyError) -> str:
    """What happened, why and the next step: `Error: file:line: message`, and the hint on a line of its own."""
    where = f"{error.where}: " if isinstance(error, ConfigError) and error.where else ""
    lines = [f"Error: {where}{error.message}"]
    if error.hint:
        lines.append(error.hint)
    return "\n".join(lines)


def ended(result: Ended | ToolCallResult) -> str:
    """How a request ended that did not succeed, as `sentence` tells it."""
    step = "Nobody can be asked here: do it at a terminal." if result.code == Code.NEEDS_INPUT else result.next
    return "\n".join(filter(None, (f"Error ({result.code}): {result.why}", step)))


def defect(error: Exception) -> str:
    """That Roxy itself is wrong; without the error's own words, which may quote anything."""
    return f"Something went wrong inside Roxy ({type(error).__name__})."


def _logged(error: Exception) -> str:
    """Write a defect into the log file; says where that is."""
    # Only what went wrong pays for these.
    from roxy.config.places import Places, private_folder  # noqa: PLC0415
    from roxy.observe import logs  # noqa: PLC0415

    folder = Places.from_environment(os.environ, Path.cwd()).logs
    try:
        private_folder(folder)
        logs.start_logging(folder, terminal=False)
        logs.get_logger(__name__).error("command.failed", error)
        logs.stop_logging()
    except (OSError, RoxyError):
        return ""  # it could not be written; the sentence must come all the same
    return f" {folder / logs.FILE_NAME} says where."
