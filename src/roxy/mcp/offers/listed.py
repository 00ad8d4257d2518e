"""From what a server lists, as on the wire and already looked through, to the values of `contracts.offers`."""

from collections.abc import Mapping
from typing import Any

from roxy.contracts.offers import PromptArgument, PromptInfo, ResourceInfo, ResourceTemplate


def resource(server: str, item: Mapping[str, Any]) -> ResourceInfo:
    """A resource."""
    size = item.get("size")
    return ResourceInfo(
        server=server,
        uri=item["uri"],
        name=item["name"],
        title=item.get("title") or "",
        description=item.get("description") or "",
        mime_type=item.get("mimeType") or "",
        size=size if isinstance(size, int) and not isinstance(size, bool) else None,
        annotations=item.get("annotations") or {},
    )


def template(server: str, item: Mapping[str, Any]) -> ResourceTemplate:
    """A resource template."""
    return ResourceTemplate(
        server=server,
        uri_template=item["uriTemplate"],
        name=item["name"],
        title=item.get("title") or "",
        description=item.get("description") or "",
        mime_type=item.get("mimeType") or "",
    )


def prompt(server: str, item: Mapping[str, Any]) -> PromptInfo:
    """A prompt; arguments that are none are left out."""
    return PromptInfo(
        server=server,
        name=item["name"],
        title=item.get("title") or "",
        description=item.get("description") or "",
        arguments=tuple(_argument(one) for one in item.get("arguments") or () if _is_argument(one)),
    )


def _is_argument(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("name"), str)


def _argument(one: Mapping[str, Any]) -> PromptArgument:
    def text(member: str) -> str:
        said = one.get(member)
        return said if isinstance(said, str) else ""

    return PromptArgument(
        name=one["name"], title=text("title"), description=text("description"), required=one.get("required") is True
    )
