"""The SDK's client, which takes most of a second to load: `connect` runs in a thread, at the first request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roxy.llm.endpoint import Endpoint

_OWN = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Client:
    """The SDK's client, and what goes along with each request."""

    sdk: Any
    headers: Mapping[str, Any]


def connect(endpoint: Endpoint) -> Client:
    """A client that retries nothing, follows no redirect and knows no deadline of its own."""
    # Slow to load; see the module's first line.
    import openai  # noqa: PLC0415

    # Loads the HTTP client, as the SDK does.
    from roxy.llm.providers.openai.ending import watch  # noqa: PLC0415

    sdk = openai.AsyncOpenAI(
        api_key=endpoint.key or "none",
        base_url=endpoint.base_url or _OWN,
        max_retries=0,  # Roxy's own are the only ones
        timeout=None,  # as is Roxy's deadline
        # A redirect would carry the conversation to an address that nobody configured.
        http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False, event_hooks={"response": [watch]}),
    )
    # What is loaded at the first use of each is loaded here, in the thread.
    _ = sdk.chat.completions, sdk.responses
    # Without a key the SDK wants to be told that none shall go.
    return Client(sdk, {} if endpoint.key else {"Authorization": openai.Omit()})
