"""The user's approvals of what servers offer: what waits for one, and who is told of it.

Before the manager is needed, what is kept on the disk answers; a manager that is open knows the latest.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from roxy.contracts.events import Event, EventKind
from roxy.contracts.trust import ToolChange
from roxy.contracts.turns import Notice, NoticeKind
from roxy.errors import RoxyError
from roxy.mcp.known.catalog import Catalog, to_do
from roxy.mcp.known.manifest import Head
from roxy.orchestrator.rooms import Rooms


class Approving:
    """The part of Roxy that is asked for approvals; see `contracts.doors.ApprovalsDoor`."""

    _rooms: Rooms

    async def tool_changes(
        self, server: str, tool: str | None = None, *, session_id: str | None = None
    ) -> Sequence[ToolChange]:
        """The tools of a server that are held, or hide something; or one tool as it is."""
        await self._look(server, session_id)
        manager = self._rooms.manager.now
        if manager is not None:
            return manager.changes(server, tool, session_id=session_id)
        return self._kept(server).changes(tool)

    async def approve_tools(
        self, server: str, digests: Mapping[str, str], *, session_id: str | None = None
    ) -> Sequence[str]:
        """Approve held tools; the audit has it when this returns."""
        await self._look(server, session_id)
        manager = self._rooms.manager.now
        if manager is not None:
            approved = await manager.approve(server, digests, session_id=session_id)
        else:
            approved = await self._kept(server).approve(digests)
        if approved:
            events = await self._rooms.events.get()
            data = {"server": server, "tools": {name: digests[name] for name in approved}}
            await events.audit(Event(kind=EventKind.AUDIT, name="tools.approved", data=data, session_id=session_id))
        return approved

    def hiding(self, server: str) -> Sequence[str]:
        """What nobody sees in the tools of a server, one sentence a tool, as they were listed last."""
        head = self._head(server)
        told = head.hiding.items() if head else ()
        return [
            f"The tool {server}.{tool} holds {said}; no model is shown that. See: roxy mcp diff {server} {tool}"
            for tool, said in told
        ]

    async def _look(self, server: str, session_id: str | None) -> None:
        """Know what it offers; raises for a server that is not declared, is wrong, or cannot be asked."""
        servers = self._rooms.servers
        await servers.refresh(session_id)
        if not servers.binds(server, session_id):
            servers.status(server)
        await servers.known_tools(server, session_id)

    def _head(self, server: str) -> Head | None:
        manager = self._rooms.manager.now
        known = manager.known(server) if manager is not None else None
        return known.head if known else self._kept(server).head

    def _kept(self, server: str) -> Catalog:
        return self._rooms.kept.catalog(self._rooms.declared.configs[server])


def tell_held(rooms: Rooms) -> None:
    """Say to whoever begins to listen which tools wait for an approval."""
    if not rooms.around.long_lived:
        return
    for server in rooms.servers.startable():
        count = 0
        with suppress(RoxyError):  # it is wrong, or was declared a moment ago: others tell of that
            count = rooms.servers.status(server).held
        if count:
            text = f"{count} of the tools of the server {server} {'is' if count == 1 else 'are'} held. {to_do(server)}"
            rooms.notices.publish(Notice(kind=NoticeKind.PROBLEM, text=text))
