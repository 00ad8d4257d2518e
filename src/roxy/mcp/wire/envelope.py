"""What stands around each request: `_meta` of the modern era, and the HTTP headers that mirror the body.

Made once per connection, when the era is known (specification 2026-07-28, "per-request protocol fields" and
"standard headers"). Headers are only made for HTTP.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import mcp_types
from mcp.shared.inbound import (
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    NAME_BEARING_METHODS,
    encode_header_value,
    find_invalid_x_mcp_header,
    mcp_param_headers,
    x_mcp_header_map,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

import roxy

INFO = mcp_types.Implementation(name="roxy", version=roxy.__version__)
_INFO = INFO.model_dump(by_alias=True, mode="json", exclude_none=True)


def modern_meta(protocol: str, capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """The `_meta` that each request of the modern era carries."""
    return {
        mcp_types.PROTOCOL_VERSION_META_KEY: protocol,
        mcp_types.CLIENT_INFO_META_KEY: _INFO,
        mcp_types.CLIENT_CAPABILITIES_META_KEY: dict(capabilities),
    }


class Envelope:
    """The frame of the requests of one connection."""

    def __init__(self, protocol: str, capabilities: Mapping[str, Any], *, http: bool) -> None:
        self.modern = protocol in MODERN_PROTOCOL_VERSIONS
        self._meta = modern_meta(protocol, capabilities) if self.modern else {}
        self._protocol = protocol
        self._http = http
        self._mirrored: dict[str, Mapping[tuple[str, ...], str]] = {}

    def params(self, given: Mapping[str, Any], meta: Mapping[str, Any]) -> dict[str, Any]:
        """`given` with all that belongs into its `_meta`."""
        if self._meta or meta:
            return {**given, "_meta": {**meta, **self._meta}}
        return dict(given)

    def headers(self, method: str, params: Mapping[str, Any]) -> dict[str, str] | None:
        """What stands beside the body over HTTP; None elsewhere."""
        if not self._http:
            return None
        headers = {MCP_PROTOCOL_VERSION_HEADER: self._protocol}
        if not self.modern:
            return headers
        headers[MCP_METHOD_HEADER] = method
        name = params.get(NAME_BEARING_METHODS.get(method, ""))
        if isinstance(name, str):
            headers[MCP_NAME_HEADER] = encode_header_value(name)
            if method == "tools/call" and (mirrored := self._mirrored.get(name)):
                headers.update(mcp_param_headers(mirrored, params.get("arguments") or {}))
        return headers

    def learn(self, tools: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Keep which arguments of `tools` are mirrored; over modern HTTP, tools that say so wrongly must be dropped."""
        if not self._http or not self.modern:
            return list(tools)
        kept = []
        for tool in tools:
            self._mirrored.pop(tool["name"], None)
            if find_invalid_x_mcp_header(tool["inputSchema"]) is None:
                self._mirrored[tool["name"]] = x_mcp_header_map(tool["inputSchema"])
                kept.append(tool)
        return kept
