"""Roxy's own MCP server: what the user asked to remember, files in allowed folders, the time, how Roxy is doing.

In process (`transport: module`) the owner of the data calls `create(services)` with what it has open. Run alone
(`python -m roxy.servers.system`) it opens the user's store itself and speaks to any MCP client over stdio.
"""

from roxy.servers.system.services import SystemServices
from roxy.servers.system.tools import create

__all__ = ["SystemServices", "create"]
