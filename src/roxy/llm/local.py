"""Model servers on this machine: whether one answers on its usual port, or that of the settings, and with which models.

All of them speak OpenAI's Chat Completions under `/v1`. Nothing is looked for unless somebody asks, nothing but the
loopback address is asked, and the whole takes at most `WITHIN` seconds. What listens on such a port may be anything: an
answer counts only when it is a list of models in OpenAI's own words.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from roxy.config.settings import ModelSettings

WITHIN = 0.25
"""Seconds for all ports together."""
_MOST_BYTES = 1_000_000
_MOST_MODELS = 50
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class LocalKind:
    """A program that serves models, as it is usually set up."""

    name: str
    title: str
    port: int
    start: str
    """The command that starts it."""

    @property
    def base_url(self) -> str:
        """Where it speaks OpenAI's way."""
        return f"http://127.0.0.1:{self.port}/v1"

    def settings(self, model: str) -> ModelSettings:
        """One of its models; it is the user's own, so personal data may reach it."""
        return ModelSettings(provider="openai", model=model, base_url=self.base_url, external=False)


KINDS = (
    LocalKind("ollama", "Ollama", 11434, "ollama serve"),
    LocalKind("lmstudio", "LM Studio", 1234, "lms server start"),
    LocalKind("llamacpp", "llama.cpp", 8080, "llama-server -m MODEL.gguf"),
    LocalKind("vllm", "vLLM", 8000, "vllm serve MODEL"),
)


@dataclass(frozen=True, slots=True)
class LocalServer:
    """One that answered."""

    kind: LocalKind
    models: tuple[str, ...]


def kinds_at(ports: Mapping[str, int]) -> tuple[LocalKind, ...]:
    """All kinds, at these ports instead of their usual ones; those at port 0 are left out."""
    placed = (replace(kind, port=ports.get(kind.name, kind.port)) for kind in KINDS)
    return tuple(kind for kind in placed if kind.port)


def kind_named(name: str, kinds: Sequence[LocalKind] = KINDS) -> LocalKind | None:
    """`ollama`, `lmstudio`, `llamacpp` or `vllm`."""
    return next((kind for kind in kinds if kind.name == name), None)


def how_to_start(base_url: str, kinds: Sequence[LocalKind] = KINDS) -> str:
    """The advice for a server on this machine that does not answer; empty for any other address."""
    place = base_url.partition("://")[2].partition("/")[0]
    host, _, port = place.rpartition(":")
    if host not in {"127.0.0.1", "localhost", "[::1]"}:
        return ""
    kind = next((kind for kind in kinds if str(kind.port) == port), None)
    return f"Start {kind.title}: {kind.start}" if kind else f"Start the server that listens on port {port}."


async def find_local(kinds: Sequence[LocalKind] = KINDS, *, within: float = WITHIN) -> list[LocalServer]:
    """Those of `kinds` that answer within that many seconds, in order."""
    # Only who looks for servers pays for the loading of an HTTP client.
    import httpx  # noqa: PLC0415

    # Without TLS, nothing is verified; to load the certificates would take longer than most servers to answer.
    async with httpx.AsyncClient(trust_env=False, timeout=within, verify=False) as client:  # noqa: S501 - see above

        async def ask(kind: LocalKind) -> LocalServer | None:
            try:
                async with asyncio.timeout(within), client.stream("GET", f"{kind.base_url}/models") as response:
                    return _listed(kind, await _body(response)) if response.is_success else None
            except (httpx.HTTPError, TimeoutError, ValueError):
                return None

        found = await asyncio.gather(*(ask(kind) for kind in kinds))
    return [server for server in found if server is not None]


async def _body(response: Any) -> Any:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            raise ValueError("a list of models is not that long")
    return json.loads(body)


def _listed(kind: LocalKind, answer: Any) -> LocalServer | None:
    """The models of OpenAI's `GET /v1/models`; None when it is something else.

    Others have an address of that name, with cars or dresses: a list and its items must say that they are such.
    """
    listed = answer.get("data") if isinstance(answer, Mapping) and answer.get("object") == "list" else None
    if not isinstance(listed, list):
        return None
    names = [item.get("id") for item in listed if _is_model(item)]
    if listed and not names:
        return None
    models = [name for name in names if _can_be_typed(name)]
    return LocalServer(kind, tuple(models[:_MOST_MODELS]))


def _is_model(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("object", "model") == "model"


def _can_be_typed(name: Any) -> bool:
    return isinstance(name, str) and name.isprintable() and 0 < len(name) < _LONGEST_NAME
