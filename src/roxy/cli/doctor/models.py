"""The doctor's look at language models: whether those of the settings can be asked, and which servers run here.

No question is put to a model. The usual ports of this machine are asked for their list of models, and no other place.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from roxy.cli.doctor.finding import Finding, Level, failed
from roxy.config.settings import ModelsSettings
from roxy.errors import RoxyError
from roxy.llm.local import WITHIN, LocalKind, LocalServer, find_local
from roxy.llm.model import make_model

_NAMED = 5


def configured_models(models: ModelsSettings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether each can be asked: its package is installed, its key is set. Only the default must be."""
    names = dict.fromkeys([*([models.default] if models.default else []), *models.known])
    if not names:
        yield Finding("models", Level.OK, "No model is configured; Roxy works without one.")
    for name in names:
        try:
            model = make_model(name, models, environ)
        except RoxyError as error:
            yield failed("models", error, Level.WRONG if name == models.default else Level.HINT)
        else:
            yield Finding("models", Level.OK, f"{name} is set up ({model.provider}, {model.model}).")


def local_models(
    models: ModelsSettings, kinds: Sequence[LocalKind], file: Path, *, within: float = WITHIN
) -> Iterator[Finding]:
    """The servers of this machine that answer `within` seconds and no setting names yet, with what to write."""
    used = {known.base_url.rstrip("/").replace("localhost", "127.0.0.1") for known in models.known.values()}
    for server in asyncio.run(find_local(kinds, within=within)) if kinds else ():
        if server.kind.base_url not in used and not models.default.startswith(f"{server.kind.name}:"):
            yield _offered(server, file)


def _offered(server: LocalServer, file: Path) -> Finding:
    kind = server.kind
    where = f"{kind.title} answers at {kind.base_url}"
    if not server.models:
        return Finding("models", Level.HINT, f"{where}, and has no model yet.", f"Give {kind.title} a model.")
    named = ", ".join(server.models[:_NAMED]) + (", …" if len(server.models) > _NAMED else "")
    lines = (
        f"To use it, write into {file}:",
        "models:",
        f"  default: {kind.name}",
        "  known:",
        f"    {kind.name}:",
        f"      model: {json.dumps(server.models[0], ensure_ascii=False)}",
        f"      base_url: {kind.base_url}",
        "      external: false",
    )
    return Finding("models", Level.HINT, f"{where} with {named}.", "\n".join(lines))
