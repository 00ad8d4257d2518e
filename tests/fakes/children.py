"""Child processes of tests: a piece of Python that runs against the code under test, and may be killed."""

import os
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from pathlib import Path
from textwrap import dedent

import roxy

SOURCE = Path(roxy.__file__).parents[1]


async def python(code: str, *arguments: object) -> Process:
    """Run `code` (dedented) with `arguments` in `sys.argv[1:]`; stdout and stderr are pipes."""
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    command = (sys.executable, "-c", dedent(code), *map(str, arguments))
    return await create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=environment)
