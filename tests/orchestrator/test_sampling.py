"""The user's model answers for a server."""

import pytest

from fakes.privacy import NAME, PSEUDONYM, OneNameGuard
from fakes.scripted_model import ScriptedModel, words
from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.contracts.models import StopReason
from roxy.contracts.sampling import SampleRequest
from roxy.errors import ConfigError, ModelUnavailable, PrivacyBlocked
from roxy.llm.router import Router
from roxy.orchestrator.sampling import ModelSampler

ASKED = SampleRequest(
    server="inn",
    messages=[("user", f"Write to {NAME}."), ("assistant", "Gladly."), ("user", "Then do.")],
    system="Be brief.",
    max_tokens=100,
    temperature=0.5,
    session_id="s1",
)


def sampler(*script, external: bool, guard=None) -> tuple[ModelSampler, ScriptedModel]:
    model = ScriptedModel(*script)
    known = {"m": ModelSettings(provider="openai", model="scripted", external=external)} if script else {}
    router = Router(ModelsSettings(known=known), find=known.__getitem__, make=lambda _: model)

    async def opened():
        return guard

    return ModelSampler(router, opened), model


@pytest.mark.requirement("mcp.sampling")
async def test_a_model_elsewhere_is_asked_in_pseudonyms_and_nothing_is_turned_back():
    guard = OneNameGuard()
    asking, model = sampler(words(f"Dear {PSEUDONYM}"), external=True, guard=guard)
    sample = await asking.sample(ASKED)
    assert (sample.text, sample.model, sample.cut) == (f"Dear {PSEUDONYM}", "m", False)
    assert model.said() == [
        ("system", "Be brief."),
        ("user", f"Write to {PSEUDONYM}."),
        ("assistant", "Gladly."),
        ("user", "Then do."),
    ]
    [request] = model.asked
    assert (request.max_output_tokens, request.temperature, request.tools) == (100, 0.5, ())
    assert (guard.asked[0]["destination"], guard.asked[0]["session_id"]) == ("model:m", "s1")


async def test_a_model_on_this_machine_is_asked_as_it_is():
    asking, model = sampler(words("Dear"), external=False)
    await asking.sample(ASKED)
    assert model.said()[1] == ("user", f"Write to {NAME}.")


async def test_what_may_not_leave_is_not_asked():
    asking, model = sampler(words("Dear"), external=True, guard=OneNameGuard(blocks="too private"))
    with pytest.raises(PrivacyBlocked, match="too private"):
        await asking.sample(ASKED)
    assert model.asked == []


async def test_an_answer_that_was_cut_says_so_and_one_that_breaks_off_is_none():
    cut = words("Dear")
    cut[-1] = type(cut[-1])(message=cut[-1].message, stop=StopReason.LENGTH, usage=cut[-1].usage)
    asking, _ = sampler(cut, external=False)
    assert (await asking.sample(ASKED)).cut
    asking, _ = sampler(words("Dear")[:-1], external=False)
    with pytest.raises(ModelUnavailable):
        await asking.sample(ASKED)


async def test_without_a_model_there_is_no_answer():
    asking, _ = sampler(external=False)
    with pytest.raises(ConfigError, match="No model"):
        await asking.sample(ASKED)
