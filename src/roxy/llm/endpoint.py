"""Who is asked, under which name, with which key. The key itself is looked up when a connection is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model at one address. Safe to show: it holds the name of the key's variable, not the key."""

    provider: str
    model: str
    base_url: str = ""
    """Empty is the provider's own address."""
    api_key: str = ""
    """The name of the environment variable; empty: no key is sent."""
    start: str = ""
    """How a server that is down is started, for people."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def key(self) -> str:
        """The key; empty when there is none."""
        return self.environ.get(self.api_key, "") if self.api_key else ""

    @property
    def place(self) -> str:
        """The address for people, without user, password and query."""
        scheme, mark, rest = self.base_url.partition("://")
        if not mark:
            return f"the service of {self.provider}"
        return f"{scheme}://{rest.partition('?')[0].partition('/')[0].rpartition('@')[2]}"
