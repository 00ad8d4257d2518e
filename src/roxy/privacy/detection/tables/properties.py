"""Words at the end of a key that say that it is about a property of the thing, and not about the thing."""

from roxy.privacy.detection.tables.words import listed

PROPERTIES = listed(
    "type types count policy format length id ids url uri model field fields hint space status size limit verified "
    "enabled required visible label labels kind mode brand expiry expires expiration ttl scope scopes style theme icon "
    "color colour width height index level total max min version schema pattern regex prefix suffix placeholder "
    "description desc title message source strategy provider algorithm rotation manager at on in is has region "
    "timezone zone language locale method action actions reset generator strength validator book screen layout view "
    "class classes state flag flags rate score rank group groups category template column columns path file files "
    "endpoint handler callback function settings config options timeout hash fingerprint digest checksum"
)
"""A key that ends in one of these is about that property (`phone_verified`), unless a row names it whole."""
