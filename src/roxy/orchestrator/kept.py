"""What is kept of servers on the disk, for as long as no manager is open."""

from pathlib import Path

from roxy.contracts.servers import ServerConfig
from roxy.mcp.known.approvals import Approvals
from roxy.mcp.known.catalog import Catalog
from roxy.mcp.known.pins import PinFile
from roxy.mcp.known.shelf import Shelf


class Kept:
    """The catalogs of servers that do not run: from the folders of manifests and of approved tools."""

    def __init__(self, manifests: Path, pins: Path) -> None:
        self._shelf = Shelf(manifests)
        self._pins = pins
        self._catalogs: dict[str, Catalog] = {}

    def catalog(self, config: ServerConfig) -> Catalog:
        """What is known of a server; the same object for as long as its declaration is."""
        known = self._catalogs.get(config.name)
        if known is None or known.config is not config:
            known = Catalog(config, self._shelf, Approvals(config, PinFile(self._pins, config.name)))
            self._catalogs[config.name] = known
        return known
