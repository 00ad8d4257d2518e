from collections.abc import AsyncIterator, Callable

import pytest

from fakes.models import KEY
from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.contracts.models import ChatModel
from roxy.llm.model import make_model
from roxy.llm.retrying import Patience

Maker = Callable[..., ChatModel]
_PATHS = {"openai": "/v1", "responses": "/v1", "anthropic": "", "gemini": ""}


@pytest.fixture
async def make() -> AsyncIterator[Maker]:
    """Makes models of a kind (`openai`, `responses`, `anthropic`, `gemini`) at an address; closes them at the end."""
    made: list[ChatModel] = []

    def maker(
        kind: str, url: str, *, environ: dict[str, str] | None = None, patience: Patience | None = None, **settings
    ) -> ChatModel:
        api = "responses" if kind == "responses" else "chat"
        provider = "openai" if kind == "responses" else kind
        spec = ModelSettings(
            **{
                "provider": provider,
                "model": "m1",
                "api": api,
                "base_url": url + _PATHS[kind],
                "api_key": "TEST_KEY",
                **settings,
            }
        )
        given = {"TEST_KEY": KEY} if environ is None else environ
        patience = patience or Patience(base=0.01, longest=5)
        model = make_model("test", ModelsSettings(known={"test": spec}), given, patience=patience)
        made.append(model)
        return model

    yield maker
    for model in made:
        await model.aclose()
