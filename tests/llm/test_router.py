import pytest

from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.errors import UsageError
from roxy.llm.model import model_settings
from roxy.llm.router import Policy, Router

pytestmark = pytest.mark.requirement("models.router")


def router(*, default="", policy=Policy.LOCAL_FIRST, make=None):
    known = {
        name: ModelSettings(model=name, external=name.startswith("far")) for name in ("far1", "near1", "far2", "near2")
    }
    settings = ModelsSettings(default=default, known=known)
    return Router(settings, policy=policy, find=lambda name: model_settings(name, settings), make=make)


@pytest.mark.parametrize(
    ("asked", "chosen", "default", "order"),
    [
        ("", "", "", ["near1", "near2", "far1", "far2"]),
        ("", "", "far2", ["far2", "near1", "near2", "far1"]),
        ("", "near2", "far2", ["near2", "near1"]),
        ("far1", "near2", "", ["far1", "near1", "near2", "far2"]),
        ("ollama:tiny", "", "", ["ollama:tiny", "near1", "near2"]),
        ("none", "near2", "far1", []),
        ("", "none", "far1", []),
        ("", "", "none", []),
    ],
)
def test_the_turn_outranks_the_session_which_outranks_the_settings(asked, chosen, default, order):
    assert list(router(default=default).order(asked=asked, chosen=chosen)) == order


def test_with_tools_only_no_model_is_asked_whatever_was_chosen():
    assert list(router(policy=Policy.MCP_ONLY).order(asked="near1")) == []


def test_a_name_that_nobody_knows_is_met_with_the_nearest():
    with pytest.raises(UsageError, match="near1"):
        router().order(asked="nearr1")


async def test_a_model_is_made_once_and_closed_at_the_end():
    made = []

    class Model:
        closed = False

        def __init__(self, name):
            made.append((name, self))

        async def aclose(self):
            self.closed = True

    models = router(make=Model)
    assert await models.model("near1") is await models.model("near1")
    await models.aclose()
    assert [(name, model.closed) for name, model in made] == [("near1", True)]
