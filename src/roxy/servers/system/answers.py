"""What the tools return: the models from which the output schemas are made. Times are ISO 8601 with their offset."""

from typing import Any

from pydantic import BaseModel, Field

from roxy.contracts.servers import ServerStatus
from roxy.contracts.skills import FileHit, MemoryItem


class Remembered(BaseModel):
    """One thing the user asked to remember."""

    id: str = Field(description="What memory_forget takes")
    text: str
    at: str = Field(description="When it was remembered, ISO 8601")
    about: dict[str, Any] = Field(default_factory=dict, description="What it is about, as given when it was stored")

    @classmethod
    def of(cls, item: MemoryItem) -> "Remembered":
        """The answer for `item`."""
        return cls(id=item.id, text=item.text, at=item.at.isoformat(), about=dict(item.about))


class Stored(BaseModel):
    """That something was kept."""

    id: str = Field(description="What memory_forget takes")


class Recalled(BaseModel):
    """What memory has on a question, best first."""

    items: list[Remembered]


class Forgotten(BaseModel):
    """That something was dropped."""

    id: str
    forgotten: bool


class FoundFile(BaseModel):
    """One file."""

    path: str = Field(description="Absolute path, as file_read takes it")
    size: int = Field(description="Bytes")
    modified: str = Field(description="ISO 8601")
    line: int | None = Field(default=None, description="Where the text was found, counted from 1")
    excerpt: str = Field(default="", description="The line in which the text was found")

    @classmethod
    def of(cls, hit: FileHit) -> "FoundFile":
        """The answer for `hit`."""
        return cls(path=hit.path, size=hit.size, modified=hit.modified.isoformat(), line=hit.line, excerpt=hit.excerpt)


class FoundFiles(BaseModel):
    """Files that match, and where was looked."""

    files: list[FoundFile]
    folders: list[str] = Field(description="The folders the user allowed")


class FileText(BaseModel):
    """The text of a file."""

    path: str
    text: str


class Now(BaseModel):
    """The time at a place."""

    iso: str = Field(description="ISO 8601 with the offset from UTC")
    zone: str = Field(description="IANA time zone")
    weekday: str = Field(description="English name of the day")


class Server(BaseModel):
    """An MCP server that Roxy looks after."""

    name: str
    state: str
    transport: str
    tools: int | None = Field(default=None, description="How many tools it offers, once that is known")
    error: str = Field(default="", description="Why it failed last")

    @classmethod
    def of(cls, status: ServerStatus) -> "Server":
        """The answer for `status`; stderr and process id stay on this machine."""
        return cls(
            name=status.name,
            state=status.state.value,
            transport=status.transport,
            tools=status.tools,
            error=status.error,
        )


class Status(BaseModel):
    """How Roxy is doing."""

    version: str
    folders: list[str] = Field(description="The folders whose files may be searched and read")
    servers: list[Server] = Field(description="Empty when this server runs without the rest of Roxy")
