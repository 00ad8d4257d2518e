import pytest
from prometheus_client.parser import text_string_to_metric_families

from fakes.models import Reply, Stall, chat_text, failing, model_server
from roxy.contracts.models import ChatRequest, Message, Role, TextDelta, TextPart
from roxy.errors import ModelError
from roxy.observe import metrics

pytestmark = pytest.mark.requirement("observe.metrics")
REQUEST = ChatRequest(messages=[Message(role=Role.USER, parts=(TextPart(text="hello"),))], timeout=10)


def counts(name: str, model: str) -> dict[str, float]:
    """By type of error or token: how much was noted of a model."""
    families = text_string_to_metric_families(metrics.text())
    found = [s for family in families for s in family.samples if s.name == name]
    return {
        s.labels.get("error_type", "") + s.labels.get("gen_ai_token_type", ""): s.value
        for s in found
        if s.labels["gen_ai_request_model"] == model
    }


async def test_every_way_an_answer_can_end_is_noted_with_its_tokens(make):
    text = chat_text("Hello", " there")
    replies = [Reply(text), failing(401, {}), Reply([*text[:2], Stall()])]
    async with model_server(*replies) as server:
        model = make("openai", server.url, model="watched")
        async for _ in model.stream(REQUEST):
            pass
        with pytest.raises(ModelError):
            await anext(aiter(model.stream(REQUEST)))
        stream = model.stream(REQUEST)
        while not isinstance(await anext(stream), TextDelta):
            pass
        await stream.aclose()
    ended = counts("gen_ai_client_operation_duration_seconds_count", "watched")
    assert ended == {"": 1, "model_refused": 1, "cancelled": 1}
    assert counts("gen_ai_client_token_usage_sum", "watched") == {"input": 20, "output": 7}
    assert counts("gen_ai_client_operation_time_to_first_chunk_seconds_count", "watched") == {"": 2}
