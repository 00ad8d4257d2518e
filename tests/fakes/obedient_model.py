"""A model in the cloud that does as it is told by whoever attacks: it writes down all that it gets, and calls any tool.

It speaks Chat Completions over a real socket. Each request takes the next of its steps, which is given what the model
sees; without any it says that it is done.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fakes.models import Asked, ModelServer, Reply, chat_calls, chat_text

Step = Callable[[str], Reply]
"""Makes the answer; it is given the messages of the request, as JSON."""


class ObedientModel(ModelServer):
    """`steps` say what it does; `seen` is all that it ever got."""

    def __init__(self) -> None:
        super().__init__([])
        self.steps: deque[Step] = deque()
        self.tools: dict[str, str] = {}
        """By server: the name of its tool `run`, as the model is told it."""

    @property
    def seen(self) -> Sequence[Any]:
        """Every request: its path, headers and body."""
        return [(one.method, one.path, one.headers, one.body) for one in self.asked]

    def reply_to(self, asked: Asked) -> Reply:
        """As the next step says."""
        for tool in asked.body.get("tools", ()):
            name = tool["function"]["name"]
            if name.endswith("run"):
                self.tools[name.removesuffix("run").rstrip("._-")] = name
        if not self.steps:
            return said("Done.")
        return self.steps.popleft()(json.dumps(asked.body["messages"], ensure_ascii=False))

    def calls(self, *calls: tuple[str, Mapping[str, Any]]) -> Reply:
        """An answer that calls the tool `run` of these servers; a name that no server has is taken as it is."""
        made = [
            (f"call-{number}", self.tools.get(server, server), _pieces(json.dumps(arguments)))
            for number, (server, arguments) in enumerate(calls)
        ]
        return Reply(chat_calls(*made))


def said(text: str) -> Reply:
    """An answer in words, piece by piece."""
    return Reply(chat_text(*_pieces(text)))


def _pieces(text: str) -> list[str]:
    return [text[at : at + 7] for at in range(0, len(text), 7)]
