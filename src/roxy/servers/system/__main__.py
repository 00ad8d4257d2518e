"""`python -m roxy.servers.system`: the server for any MCP client, over stdio. Only MCP is written to stdout."""

import asyncio
import sys

from roxy.errors import RoxyError
from roxy.servers.system.alone import serve


def main() -> int:
    """Serve until the client leaves; what prevents it is one sentence on stderr."""
    try:
        asyncio.run(serve())
    except RoxyError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
