"""What looks like a web address, and what like the name of a file: "example.org" and "report.pdf" are written alike."""

import re

_ENDINGS = (
    "txt|md|rst|pdf|csv|tsv|docx?|xlsx?|pptx?|odt|ods|odp|rtf|tex|json|yaml|yml|xml|html?|log|ini|toml|cfg|conf|"
    "png|jpe?g|gif|svg|webp|heic|mp3|mp4|mov|wav|flac|zip|tar|gz|7z|epub|py|js|ts|sh|sql|ipynb|eml|ics"
)
_FILE = re.compile(rf"[^\s/?#:@]+\.(?:{_ENDINGS})", re.IGNORECASE)
_WITH_SCHEME = r"https?://(?:[^\s/?#@]*@)?(?:[\w.-]+|\[[0-9a-f:.]+\])"
_HOST_ALONE = r"(?:[\w-]+\.)+[^\W\d_]{2,}"
_URL = re.compile(rf"(?:{_WITH_SCHEME}|{_HOST_ALONE})(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
"""With a scheme any host; without one a host whose last part is letters, so that "3.5" is no address."""


def is_url(text: str) -> bool:
    """Whether `text` is a web address, with or without its scheme; a file's name is none unless it begins with www."""
    return bool(_URL.fullmatch(text)) and (text.lower().startswith("www.") or not is_file(text))


def is_file(text: str) -> bool:
    """Whether `text` is the name of a file by its ending, as "report.pdf" is."""
    return bool(_FILE.fullmatch(text))
