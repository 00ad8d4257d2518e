"""Connectors and bindings as rows of their tables, and back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import RowMapping

from roxy.contracts.connectors import Binding, Connector, ConnectorKind
from roxy.contracts.servers import ServerTransport
from roxy.store.tables import mcp_connectors as connectors
from roxy.store.tables import mcp_session_bindings as bindings


def connector_row(connector: Connector) -> dict[str, Any]:
    """The columns of a connector, but those that the store keeps for itself."""
    return {
        "name": connector.name,
        "kind": str(connector.kind),
        "transport": _text(connector.transport),
        "url": connector.url,
        "command": connector.command,
        "args": _list(connector.args),
        "env_keys": _list(connector.env_keys),
        "options": dict(connector.options),
        "strict": connector.strict,
        "enabled": connector.enabled,
    }


def binding_row(binding: Binding) -> dict[str, Any]:
    """The columns of a binding, but for its connector's key and those that the store keeps for itself."""
    return {
        "session_id": binding.session_id,
        "label": label(binding),
        "transport": _text(binding.transport),
        "endpoint": binding.endpoint,
        "command": binding.command,
        "args": _list(binding.args),
        "env_keys": _list(binding.env_keys),
        "options": dict(binding.options),
        "priority": binding.priority,
    }


def label(binding: Binding) -> str:
    """The label as it is kept: the connector's own name is none, so that it follows when that changes."""
    return "" if binding.label == binding.connector else binding.label


def as_connector(row: RowMapping) -> Connector:
    """A row of `mcp_connectors`."""
    return Connector(
        name=row["name"],
        kind=ConnectorKind(row["kind"]),
        url=row["url"],
        enabled=row["enabled"],
        strict=row["strict"],
        **_shared(row),
    )


def as_binding(row: RowMapping) -> Binding:
    """A row of `all_bindings`."""
    return Binding(
        session_id=row["session_id"],
        connector=row["connector"],
        label=row["label"],
        endpoint=row["endpoint"],
        priority=row["priority"],
        **_shared(row),
    )


def all_bindings() -> Select[Any]:
    """The bindings with the names of their connectors; of one label, the one that counts first."""
    named = select(bindings, connectors.c.name.label("connector"))
    joined = named.join(connectors, connectors.c.seq == bindings.c.connector_seq)
    return joined.order_by(bindings.c.session_id, bindings.c.priority.desc(), bindings.c.seq)


def _shared(row: RowMapping) -> Mapping[str, Any]:
    return {
        "transport": ServerTransport(row["transport"]) if row["transport"] else None,
        "command": row["command"],
        "args": _tuple(row["args"]),
        "env_keys": _tuple(row["env_keys"]),
        "options": dict(row["options"]),
    }


def _text(transport: ServerTransport | str | None) -> str | None:
    return None if transport is None else str(transport)


def _list(items: Any) -> list[str] | None:
    return None if items is None else list(items)


def _tuple(items: Any) -> tuple[str, ...] | None:
    return None if items is None else tuple(items)
