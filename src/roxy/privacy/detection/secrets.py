"""Secrets: vendors' token shapes, passwords in URLs and sentences, private keys, and the secrets that Roxy knows.

A secret is masked one way and never put back. Each vendor's row names a literal that must be in the text before its
pattern is tried.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from roxy.privacy.detection import keys
from roxy.privacy.detection.held import SHORTEST, Held
from roxy.privacy.detection.prefilter import SPACE, Rule, any_of, weakened
from roxy.privacy.detection.spots import Spot
from roxy.privacy.pseudonyms import MASK, mask_name

_T = r"[A-Za-z0-9_-]"
VENDORS: tuple[tuple[str, str, str], ...] = (
    ("aws_access_key", "A", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    ("github_token", "gh", r"gh[pousr]_[A-Za-z0-9]{30,255}"),
    ("github_token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}"),
    ("gitlab_token", "gl", rf"gl(?:pat|dt|rt|ptt|oas|soat|agent|cbt|ft|imt|ffct)-{_T}{{20,64}}"),
    ("anthropic_key", "sk-ant-", rf"sk-ant-{_T}{{20,200}}"),
    ("openai_key", "sk-", rf"sk-(?:proj|svcacct|admin|or-v1)-{_T}{{20,200}}"),
    ("openai_key", "sk-", r"sk-[A-Za-z0-9]{32,64}"),
    ("google_key", "AIza", rf"AIza{_T}{{35}}"),
    ("google_token", "ya29.", rf"ya29\.{_T}{{20,400}}"),
    ("google_client_secret", "GOCSPX-", rf"GOCSPX-{_T}{{20,40}}"),
    ("slack_token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    ("slack_token", "xapp-", r"xapp-\d-[A-Za-z0-9-]{10,250}"),
    ("slack_webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/]{40,60}"),
    ("stripe_key", "_", r"(?:sk|rk|pk|whsec)_(?:live|test|prod)?_?[A-Za-z0-9]{20,250}"),
    ("huggingface_token", "hf_", r"hf_[A-Za-z0-9]{30,40}"),
    ("npm_token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    ("pypi_token", "pypi-", rf"pypi-{_T}{{50,500}}"),
    ("jwt", "eyJ", rf"eyJ{_T}{{10,2000}}\.{_T}{{10,4000}}(?:\.{_T}{{0,2000}})?"),
    ("telegram_token", ":AA", rf"\d{{8,10}}:AA{_T}{{32,35}}"),
    ("twilio_key", "SK", r"SK[0-9a-f]{32}"),
    ("sendgrid_key", "SG.", rf"SG\.{_T}{{16,32}}\.{_T}{{30,60}}"),
    ("mailgun_key", "key-", r"key-[0-9a-f]{32}"),
    ("azure_key", "AccountKey=", r"(?<=AccountKey=)[A-Za-z0-9+/]{40,90}={0,2}"),
    ("pulumi_token", "pul-", r"pul-[0-9a-f]{40}"),
    ("digitalocean_token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    ("discord_token", ".", rf"[MNO][A-Za-z0-9_-]{{22,26}}\.{_T}{{6}}\.{_T}{{27,40}}"),
    ("groq_key", "gsk_", r"gsk_[A-Za-z0-9]{40,60}"),
    ("tavily_key", "tvly-", rf"tvly-{_T}{{20,60}}"),
    ("notion_token", "ntn_", r"ntn_[A-Za-z0-9]{40,60}"),
    ("notion_token", "secret_", r"secret_[A-Za-z0-9]{43}"),
    ("brave_key", "BSA", rf"BSA{_T}{{26,30}}"),
    ("firecrawl_key", "fc-", r"fc-[0-9a-f]{32}"),
    ("dart_token", "dsa_", r"dsa_[0-9a-f]{64}"),
    ("perplexity_key", "pplx-", r"pplx-[A-Za-z0-9]{40,64}"),
    ("xai_key", "xai-", r"xai-[A-Za-z0-9]{60,100}"),
    ("replicate_token", "r8_", r"r8_[A-Za-z0-9]{37,40}"),
    ("linear_key", "lin_", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}"),
    ("figma_token", "figd_", rf"figd_{_T}{{38,60}}"),
    ("shopify_token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("doppler_token", "dp.", r"dp\.(?:pt|st|ct)\.[A-Za-z0-9]{40,44}"),
    ("vault_token", "hvs.", rf"hvs\.{_T}{{24,150}}"),
    ("databricks_token", "dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    ("grafana_token", "gl", rf"glsa_{_T}{{32,60}}"),
    ("sentry_token", "sntry", r"sntry[su]_[A-Za-z0-9_=+/-]{40,250}"),
    ("age_key", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
)
_KEY_BLOCK = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_PRIVATE_KEY = re.compile(rf"(?P<value>-----BEGIN {_KEY_BLOCK}.{{0,20000}}?(?:-----END {_KEY_BLOCK}|\Z))", re.DOTALL)
_URL_PASSWORD = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:@/\"'<>]{0,64}:(?P<value>[^\s@/\"'<>]{1,128})@")
_BEARER = re.compile(r"\b(?:bearer|basic|token)\s+(?P<value>(?=[\w.~+/=-]{0,40}\d)[\w.~+/=-]{16,4000})", re.IGNORECASE)
_PROSE = re.compile(
    r"\b(?P<what>password|passphrase|passcode|pass\s?code|pin|pin\scode|login\scode|wi-?fi\s(?:key|password))"
    r"(?:\sfor\s\S{1,40})?(?:\s(?:is|was)\s|\s?[:=]\s?)[\"'`]?(?P<value>[^\s\"'`<>]{3,128})",
    re.IGNORECASE,
)
_PROSE_TOKEN = re.compile(
    r"\b(?:token|api[ _-]?key|access[ _-]?key|secret|credential|key)s?\b(?:\sis)?[\s:=\"'`]{1,4}"
    r"(?P<value>(?=[\w./+=-]{0,60}\d)(?=[\w./+=-]{0,60}[A-Za-z])[\w./+=-]{16,500})",
    re.IGNORECASE,
)
_CONTEXTS = (
    ("private_key", 1.0, ("private key",), _PRIVATE_KEY),
    ("url_password", 1.0, ("://",), _URL_PASSWORD),
    ("bearer", 0.9, ("bearer", "basic", "token"), _BEARER),
    ("token", 0.8, ("token", "api", "access", "secret", "credential", "key"), _PROSE_TOKEN),
)
"""What the mask is called, score, words of which one must be there, and the pattern."""
_PROSE_NEEDS = ("pass", "pin", "login", "wifi", "wi-fi")
_COMMON = (
    "required incorrect wrong correct not too the a an in on of stored saved expired invalid reset weak strong changed "
    "empty missing case protected hashed never always set used sent valid secure lost forgotten same different"
)
"""Words that follow "the password is" in a sentence that gives none away."""
_NO_PASSWORDS = frozenset(_COMMON.split())
KINDS = frozenset(kind for kind, _, _ in VENDORS) | {"private_key", "url_password", "bearer", "password", "token"}
_KEY_MEANINGS = frozenset({"PASSWORD", "KEY", "PIN"})


class Secrets:
    """Finds secrets in text: any that look like one, and exactly those whose value is known, in any usual coding."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._held = Held()
        self._names: set[str] = set()
        self.add(known or {})

    def __repr__(self) -> str:
        return f"Secrets({len(self._names)} known)"

    def add(self, known: Mapping[str, str]) -> None:
        """Know these values (by their names), too. Values shorter than six characters would hit harmless text."""
        for name, value in known.items():
            if len(value) >= SHORTEST:
                self._names.add(mask_name(name))
                self._held.add(mask_name(name), value)

    def find(self, text: str) -> Iterator[Spot]:
        """Where known secrets stand; spots may overlap."""
        return self._held.find(text)

    def masks(self, text: str) -> Iterator[tuple[int, int]]:
        """Where masks stand already. Only names that can be masks count; see `pseudonyms`."""
        if "[SECRET:" in text:
            for found in MASK.finditer(text):
                if found[1] in self._names or found[1] in KINDS or keys.meaning(found[1]) in _KEY_MEANINGS:
                    yield found.span()


@cache
def _vendor(pattern: str) -> re.Pattern[str]:
    """A vendor's pattern, compiled when its literal is first met: all of them at once would slow every start."""
    before = "" if pattern.startswith("(?<") else "(?<![A-Za-z0-9])"
    return re.compile(f"{before}{pattern}(?![A-Za-z0-9])")


def _of_vendor(kind: str, pattern: str) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in _vendor(pattern).finditer(text):
            yield Spot(*found.span(), "SECRET", 1.0, kind)

    return find


def _in_context(kind: str, score: float, pattern: re.Pattern[str]) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            yield Spot(*found.span("value"), "SECRET", score, kind)

    return find


def _in_prose(text: str) -> Iterator[Spot]:
    for found in _PROSE.finditer(text):
        word = found["value"].rstrip(".,;:!?")
        empty = word.lower() in _NO_PASSWORDS or keys.is_placeholder(word)
        if not empty and (found["what"].lower() != "pin" or word.isdigit()):
            yield Spot(*found.span("value"), "SECRET", 0.9, "password")


RULES = (
    *(Rule(f"vendor {kind}", (weakened(pattern),), _of_vendor(kind, pattern)) for kind, _, pattern in VENDORS),
    *(Rule(kind, (any_of(words),), _in_context(kind, score, pattern)) for kind, score, words, pattern in _CONTEXTS),
    Rule("password", (any_of(_PROSE_NEEDS), rf"{SPACE}|[:=]"), _in_prose),
)
"""Secrets by their look and by what stands before them."""
