"""What goes wrong at the other end, with every provider's official SDK, over real sockets."""

import asyncio
import logging
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from fakes import models as fake
from fakes.models import Drop, Reply, Stall, failing, model_server
from roxy.contracts.models import ChatRequest, Message, Role, TextDelta, TextPart
from roxy.errors import ContextTooLong, ModelError, ModelRefused, ModelTimeout, ModelUnavailable
from roxy.llm.retrying import Patience

pytestmark = pytest.mark.requirement("models.faults")
KINDS = ("openai", "responses", "anthropic", "gemini")
KEY = fake.KEY
every_provider = pytest.mark.parametrize("kind", KINDS)
MESSAGE = {"type": "message", "id": "m1", "role": "assistant", "status": "completed"}
TEXTS = {
    "openai": fake.chat_text("Well, ", "hello."),
    "responses": fake.response_stream(
        [{**MESSAGE, "content": [{"type": "output_text", "text": "Well, hello.", "annotations": [], "logprobs": []}]}]
    ),
    "anthropic": fake.anthropic_text("Well, ", "hello."),
    "gemini": fake.gemini_text("Well, ", "hello."),
}
FIRST_WORDS = {
    kind: next(place for place, piece in enumerate(pieces) if b"Well" in piece) + 1 for kind, pieces in TEXTS.items()
}
"""How many pieces of each text are sent until its first words are out."""


def request(**more) -> ChatRequest:
    messages = [Message(role=Role.USER, parts=(TextPart(text="hello"),))]
    return ChatRequest(messages=messages, **{"timeout": 10, **more})


async def words(model, **more) -> str:
    events = [event async for event in model.stream(request(**more))]
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def failure(model, **more) -> ModelError:
    return await failure_of(model.stream(request(**more)))


async def failure_of(stream) -> ModelError:
    """What ends the stream."""
    with pytest.raises(ModelError) as caught:
        [_ async for _ in stream]
    return caught.value


def error(message: str, code: str = "") -> dict:
    return {"type": "error", "error": {"type": code, "code": code, "message": message}}


@every_provider
async def test_a_server_that_asks_to_wait_is_waited_for(make, kind):
    async with model_server(failing(429, error("slow down"), retry_after="0.2"), Reply(TEXTS[kind])) as server:
        model = make(kind, server.url)
        began = time.monotonic()
        assert await words(model) == "Well, hello."
        assert time.monotonic() - began >= 0.2
    assert len(server.asked) == 2


async def test_a_server_may_ask_to_wait_until_a_date(make):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    async with model_server(failing(503, error("restarting"), retry_after=soon), Reply(TEXTS["openai"])) as server:
        assert await words(make("openai", server.url)) == "Well, hello."


async def test_gemini_asks_to_wait_inside_its_error(make):
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3600s"}
    body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow down", "details": [info]}}
    async with model_server(failing(429, body)) as server:
        await failure(make("gemini", server.url))
    assert len(server.asked) == 1


@every_provider
async def test_a_server_that_asks_to_wait_too_long_is_given_up_at_once(make, kind):
    async with model_server(failing(429, error("slow down"), retry_after="3600")) as server:
        failed = await failure(make(kind, server.url))
    assert isinstance(failed, ModelUnavailable)
    assert "too many requests" in failed.message
    assert len(server.asked) == 1


@every_provider
async def test_a_server_that_fails_is_asked_three_times_in_all_and_the_sdk_adds_none(make, kind):
    async with model_server(failing(500, error("out of order"))) as server:
        failed = await failure(make(kind, server.url))
    assert isinstance(failed, ModelUnavailable)
    assert "HTTP 500" in failed.message
    assert "out of order" in failed.message
    assert len(server.asked) == 3


@every_provider
async def test_a_stream_that_breaks_before_its_first_word_is_begun_again(make, kind):
    async with model_server(Reply([*TEXTS[kind][: FIRST_WORDS[kind] - 1], Drop()]), Reply(TEXTS[kind])) as server:
        assert await words(make(kind, server.url)) == "Well, hello."
    assert len(server.asked) == 2


@every_provider
@pytest.mark.parametrize("last", [[Drop()], []], ids=["dropped", "ended early"])
async def test_a_stream_that_breaks_after_its_first_word_is_not_begun_again(make, kind, last):
    async with model_server(Reply([*TEXTS[kind][: FIRST_WORDS[kind]], *last])) as server:
        stream = make(kind, server.url).stream(request())
        while not isinstance(await anext(stream), TextDelta):
            pass
        failed = await failure_of(stream)
    assert isinstance(failed, ModelUnavailable)
    assert "broke off" in failed.message
    assert len(server.asked) == 1


@every_provider
async def test_headers_that_never_come_end_at_the_deadline(make, kind):
    async with model_server(Reply(TEXTS[kind]), Reply(stalled=True)) as server:
        model = make(kind, server.url)
        await words(model)  # the SDK is loaded now, which takes longer than what follows
        async with asyncio.timeout(20):
            failed = await failure(model, timeout=0.3)
            await server.hung_up.wait()
    assert isinstance(failed, ModelTimeout)
    assert "within 0.3 s" in failed.message
    assert len(server.asked) == 2


@every_provider
async def test_a_body_that_never_ends_ends_at_the_deadline_of_the_whole(make, kind):
    stalled = Reply([*TEXTS[kind][: FIRST_WORDS[kind]], Stall()])
    async with model_server(Reply(TEXTS[kind]), failing(500, error("once")), stalled) as server:
        model = make(kind, server.url)
        await words(model)
        async with asyncio.timeout(20):
            failed = await failure(model, timeout=0.5)
            await server.hung_up.wait()
    assert isinstance(failed, ModelTimeout)
    assert len(server.asked) == 3


@every_provider
async def test_closing_the_stream_closes_the_socket_at_the_server(make, kind):
    async with model_server(Reply([*TEXTS[kind][: FIRST_WORDS[kind]], Stall()])) as server:
        stream = make(kind, server.url).stream(request())
        async with asyncio.timeout(20):
            while not isinstance(await anext(stream), TextDelta):
                pass
            assert not server.hung_up.is_set()
            await stream.aclose()
            await server.hung_up.wait()


@every_provider
async def test_cancelling_the_task_that_waits_closes_the_socket_at_the_server(make, kind):
    async with model_server(Reply(stalled=True)) as server:
        task = asyncio.create_task(words(make(kind, server.url)))
        async with asyncio.timeout(20):
            await server.arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.hung_up.wait()


@every_provider
async def test_after_an_answer_the_connection_is_used_again(make, kind):
    async with model_server(Reply(TEXTS[kind])) as server:
        model = make(kind, server.url)
        await words(model)
        await words(model)
        assert server.connections == 1


ERRORS = [
    (401, ModelRefused, "refused the key in TEST_KEY"),
    (403, ModelRefused, "does not let the key in TEST_KEY use m1"),
    (404, ModelRefused, "does not know the model m1"),
    (413, ContextTooLong, "longer than m1 can read"),
    (422, ModelError, "did not accept the request (HTTP 422): "),
    (302, ModelError, "did not accept the request (HTTP 302): "),
]


@every_provider
async def test_an_error_of_the_server_becomes_a_sentence_and_is_not_repeated(make, kind):
    replies = [failing(status, error("because so"), location="http://127.0.0.1:1/") for status, _, _ in ERRORS]
    async with model_server(*replies) as server:
        model = make(kind, server.url)
        failures = [await failure(model) for _ in ERRORS]
    assert [(type(failed), said in failed.message) for failed, (_, _, said) in zip(failures, ERRORS, strict=True)] == [
        (kind_of_error, True) for _, kind_of_error, _ in ERRORS
    ]
    assert {failed.provider for failed in failures} == {{"responses": "openai"}.get(kind, kind)}
    assert len(server.asked) == len(ERRORS)


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        ("openai", "context_length_exceeded", "This model's maximum context length is 8192 tokens."),
        ("openai", "exceed_context_size_error", "the request exceeds the available context size."),
        ("anthropic", "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        ("gemini", "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8)."),
    ],
)
async def test_every_providers_word_for_too_long_is_understood(make, kind, code, message):
    async with model_server(failing(400, error(message, code))) as server:
        assert isinstance(await failure(make(kind, server.url)), ContextTooLong)


async def test_geminis_word_for_a_wrong_key_is_understood(make):
    async with model_server(failing(400, error("API key not valid. Please pass a valid API key."))) as server:
        assert isinstance(await failure(make("gemini", server.url)), ModelRefused)


async def test_a_quota_that_is_used_up_is_not_asked_for_again(make):
    async with model_server(failing(429, error("You exceeded your current quota", "insufficient_quota"))) as server:
        failed = await failure(make("openai", server.url))
    assert "quota is used up" in failed.message
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        ("openai", fake.sse({"error": {"message": "overloaded", "code": 503}})),
        ("anthropic", fake.sse(error("Overloaded", "overloaded_error"), named=True)),
        ("gemini", fake.sse({"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}})),
        (
            "responses",
            fake.sse({"type": "error", "code": "server_error", "message": "x", "sequence_number": 0}, named=True),
        ),
    ],
)
async def test_a_failure_told_inside_a_stream_is_met_by_another_attempt(make, kind, inside):
    async with model_server(Reply(inside), Reply(TEXTS[kind])) as server:
        assert await words(make(kind, server.url)) == "Well, hello."
    assert len(server.asked) == 2


GARBAGE = [
    b'data: {"choices": [{\n\n',
    b"event: message_start\ndata: {not json}\n\n",
    b"event: message_start\ndata: [1, 2]\n\n",
    b'data: {"type": "response.created", "choices": 3, "candidates": "x"}\n\n',
    b"\x00\xff\xfe garbage \r\n\r\n data: \n\n",
    b"<html>Welcome to your router</html>",
    b"{}",
]


@every_provider
async def test_what_is_no_answer_ends_in_a_sentence(make, kind):
    async with model_server() as server:
        model = make(kind, server.url, patience=Patience(attempts=1))
        for garbage in [*GARBAGE, None]:
            server.script = [Reply([garbage] if garbage else [])]
            failed = await failure(model)
            assert isinstance(failed, ModelUnavailable), garbage
            assert server.url in failed.message


@every_provider
async def test_a_server_that_is_down_is_named_and_asked_once(make, kind):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    failed = await failure(make(kind, url))
    assert isinstance(failed, ModelUnavailable)
    assert f"cannot be reached at {url}: nothing answers there" in failed.message
    assert "Start the server" in failed.hint


async def test_a_server_of_a_known_kind_that_is_down_comes_with_its_command(make):
    model = make("openai", "http://127.0.0.1:11434")
    try:
        await words(model)
    except ModelUnavailable as failed:
        assert failed.hint == "Start Ollama: ollama serve"  # noqa: PT017 - somebody may really run one
    except ModelError:
        pytest.skip("an Ollama runs here")


@every_provider
async def test_a_key_is_in_no_error_log_or_representation(make, kind, caplog):
    caplog.set_level(logging.DEBUG)
    async with model_server() as server:
        model = make(kind, server.url, patience=Patience(attempts=1))
        for status in (400, 401, 429, 500):
            server.script = [failing(status, error(f"Incorrect API key provided: {KEY}"))]
            failed = await failure(model)
            seen = [str(failed), repr(failed), failed.hint, repr(model), repr(vars(model)), caplog.text]
            assert failed.__cause__ is None
            assert failed.__context__ is None
            assert [text for text in seen if KEY in text] == []
        assert KEY in "".join(server.asked[0].headers.values())
