"""From what an SDK, the HTTP client or the operating system raises to a `ModelError` with a sentence.

Two kinds of failure look the same with every provider: an HTTP status with a text, and a connection that could not be
made or broke. The providers only take status, text and headers out of their SDK's exceptions. A text of the provider
is quoted in part, and never for a refused key: some servers repeat the key that they were sent.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roxy.errors import ContextTooLong, ModelError, ModelRefused, ModelTimeout, ModelUnavailable
from roxy.llm.endpoint import Endpoint
from roxy.llm.retrying import asked_to_wait

_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size)|prompt is too long|maximum (?:context|number of tokens)|"
    r"exceeds? the (?:maximum|available) .{0,40}(?:tokens|context)|input token count|too many (?:input )?tokens",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"insufficient_quota|exceeded your current quota|credit balance|billing", re.IGNORECASE)
_NO_KEY = re.compile(r"api[ _-]?key (?:not valid|invalid|not found|expired)|invalid[ _-]api[ _-]key", re.IGNORECASE)
_QUOTED = 200
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TIMED_OUT, _CONFLICT, _TOO_LARGE, _TOO_MANY = 401, 403, 404, 408, 409, 413, 429
_OF_THE_SERVER = 500
_PASSING = frozenset({_TIMED_OUT, _CONFLICT, _TOO_MANY})


@dataclass(frozen=True, slots=True)
class Fault:
    """What to tell, and whether asking again may help."""

    error: ModelError
    repeatable: bool = False
    after: float | None = None
    """Seconds that the server asked to wait."""


class FaultInside(Exception):  # noqa: N818 - what happened is the name; it never leaves this room
    """A stream told of a failure in its own words."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.error.message)
        self.fault = fault


def from_status(endpoint: Endpoint, status: int, text: str, headers: Mapping[str, str]) -> Fault:
    """The server answered with an HTTP error `status`, or sent such an error in the middle of a stream."""
    if status in _PASSING or status >= _OF_THE_SERVER:
        return _busy(endpoint, status, text, headers)
    if status == _UNAUTHORIZED or _NO_KEY.search(text):
        return Fault(_key_refused(endpoint))
    if status in {_FORBIDDEN, _NOT_FOUND}:
        return Fault(_model_refused(endpoint, status))
    if status == _TOO_LARGE or _TOO_LONG.search(text):
        return Fault(too_long(endpoint))
    said = f"{endpoint.model} at {endpoint.place} did not accept the request (HTTP {status})"
    return Fault(ModelError(f"{said}: {_quote(endpoint, text)}", provider=endpoint.provider))


def from_connection(endpoint: Endpoint, error: BaseException) -> Fault | None:
    """The connection could not be made, or broke; None when `error` is something else.

    The SDKs bring different HTTP clients, whose exceptions have the same names.
    """
    chain = list(_chain(error))
    names = {kind.__name__ for each in chain for kind in type(each).__mro__}
    if "SSLError" in names:
        return Fault(
            _unreachable(endpoint, "its certificate is not trusted", "Check `base_url`, or set SSL_CERT_FILE.")
        )
    if "gaierror" in names:
        return Fault(
            _unreachable(endpoint, "the name is not known", "Check the network and `base_url`."), repeatable=True
        )
    if names & {"ConnectError", "ConnectionRefusedError"}:
        hint = endpoint.start or "Check that it is running, and its `base_url`."
        return Fault(_unreachable(endpoint, "nothing answers there", hint))
    if names & {"TimeoutException", "TimeoutError"}:
        return Fault(_unreachable(endpoint, "no answer came", "Try again later."), repeatable=True)
    if names & {"TransportError", "APIConnectionError", "ConnectionError"}:
        return Fault(broken_off(endpoint), repeatable=True)
    return None


def broken_off(endpoint: Endpoint) -> ModelUnavailable:
    """The answer ended in the middle."""
    return ModelUnavailable(
        f"The answer of {endpoint.model} at {endpoint.place} broke off.", provider=endpoint.provider, hint="Try again."
    )


def nonsense(endpoint: Endpoint, error: BaseException) -> ModelUnavailable:
    """What came is no answer of this kind of server; `error` says how that was noticed, by its class alone."""
    return ModelUnavailable(
        f"What {endpoint.place} sent is not an answer of a model ({type(error).__name__}).",
        provider=endpoint.provider,
        hint="Check that `base_url` and `provider` belong together.",
    )


def too_long(endpoint: Endpoint) -> ContextTooLong:
    """The conversation does not fit."""
    return ContextTooLong(
        f"The conversation is longer than {endpoint.model} can read.",
        provider=endpoint.provider,
        hint="Begin a new one with /new, or set `context_tokens` of the model.",
    )


def out_of_time(endpoint: Endpoint, seconds: float) -> ModelTimeout:
    """The deadline is over."""
    return ModelTimeout(
        f"{endpoint.model} at {endpoint.place} gave no whole answer within {seconds:g} s.",
        provider=endpoint.provider,
        hint="Try again, or ask for less.",
    )


def _key_refused(endpoint: Endpoint) -> ModelRefused:
    if endpoint.api_key:
        said, hint = f"refused the key in {endpoint.api_key}", f"Set {endpoint.api_key} to a key that is valid there."
    else:
        said, hint = "wants a key", "Give the model an `api_key` in roxy.yaml: ${NAME}, the variable that holds it."
    return ModelRefused(f"{_capital(endpoint.place)} {said}.", provider=endpoint.provider, hint=hint)


def _model_refused(endpoint: Endpoint, status: int) -> ModelRefused:
    if status == _FORBIDDEN:
        whose = f"the key in {endpoint.api_key}" if endpoint.api_key else "Roxy, without a key,"
        said, hint = f"does not let {whose} use {endpoint.model}", "Choose another model, or a key that may use it."
    else:
        said, hint = f"does not know the model {endpoint.model}", "Check `model` and `base_url`."
    return ModelRefused(f"{_capital(endpoint.place)} {said}.", provider=endpoint.provider, hint=hint)


def _busy(endpoint: Endpoint, status: int, text: str, headers: Mapping[str, str]) -> Fault:
    if status == _TOO_MANY and _NO_CREDIT.search(text):
        said, hint = f"{_capital(endpoint.place)} says that the quota is used up.", "Look at your plan there."
        return Fault(ModelUnavailable(said, provider=endpoint.provider, hint=hint))
    if status == _TOO_MANY:
        said = f"{_capital(endpoint.place)} has had too many requests."
    else:
        said = f"{_capital(endpoint.place)} failed (HTTP {status}): {_quote(endpoint, text)}"
    error = ModelUnavailable(said, provider=endpoint.provider, hint="Try again later.")
    return Fault(error, repeatable=True, after=asked_to_wait(headers))


def _unreachable(endpoint: Endpoint, why: str, hint: str) -> ModelUnavailable:
    said = f"{endpoint.model} cannot be reached at {endpoint.place}: {why}."
    return ModelUnavailable(said, provider=endpoint.provider, hint=hint)


def _quote(endpoint: Endpoint, text: str) -> str:
    words = " ".join(text.split())
    words = words.replace(endpoint.key, "(the key)") if endpoint.key else words
    return f"{words[:_QUOTED]}…" if len(words) > _QUOTED else words or "no reason was given"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" if text.startswith("the ") else text


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, its causes, and those inside groups."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or each in seen:
            continue
        seen.append(each)
        yield each
        waiting += [each.__cause__, each.__context__]
        waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
