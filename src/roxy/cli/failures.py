"""The border where an exception becomes a sentence on stderr and an exit code."""

import traceback

from roxy.cli import output
from roxy.errors import ConfigError, RoxyError

INTERRUPTED = 130
"""What a shell reports for a program that SIGINT ended (128 + 2)."""


def explain(error: Exception, *, debug: bool) -> int:
    """Tell a person what happened and what to do next; returns the exit code."""
    if debug:
        output.note("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, RoxyError):
        output.note(sentence(error))
        return error.exit_code
    output.note(f"Something went wrong inside Roxy ({type(error).__name__}). {_next_step(debug=debug)}")
    return 1


def sentence(error: RoxyError) -> str:
    """What happened, why and the next step: `Error: file:line: message`, and the hint on a line of its own."""
    where = f"{error.where}: " if isinstance(error, ConfigError) and error.where else ""
    lines = [f"Error: {where}{error.message}"]
    if error.hint:
        lines.append(error.hint)
    return "\n".join(lines)


def _next_step(*, debug: bool) -> str:
    if debug:
        return "The traceback above says where."
    return "Run it again as `roxy --debug …` to see where."
