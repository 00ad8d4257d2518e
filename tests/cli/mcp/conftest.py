import os
from pathlib import Path

import pytest
import yaml


@pytest.fixture
def declare():
    """Declare servers in this test's home."""

    def write(**servers):
        config = Path(os.environ["ROXY_HOME"]) / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "mcp_servers.yaml").write_text(yaml.safe_dump({"servers": servers}))

    return write
