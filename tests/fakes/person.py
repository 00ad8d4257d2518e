"""Somebody at the door who answers every question alike, and agrees."""

from collections.abc import Sequence


class Person:
    """Implements `Dialogue`; without an `answer` of their own, they take what is proposed."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.told: list[str] = []

    async def ask(self, question: str, *, choices: Sequence[str] = ()) -> str:
        self.asked.append(question)
        return self.answer

    async def confirm(self, question: str) -> bool:
        self.asked.append(question)
        return True

    async def say(self, text: str) -> None:
        self.told.append(text)
