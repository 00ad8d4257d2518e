"""Passwords in commands, files of settings and programs: an option, a place among arguments, or a statement has it.

What a command's short option means is known by the command (`-p` of `mongosh`, `-P` of `zip`); a long option says it
by its name. Where only the place tells, the value must look like a password.
"""

import re
from collections.abc import Callable, Iterator

from roxy.privacy.detection import keys
from roxy.privacy.detection.credentials.made import is_placeholder, looks_like_password, looks_random
from roxy.privacy.detection.prefilter import SPACE, Rule, any_of
from roxy.privacy.detection.spots import Spot

_VALUE = r"[\"']?(?P<value>[^\s\"']{3,128})"
_REST = r"\b[^\n|;]{0,160}?\s"
_NAMED = r"pass(?:word|wd|phrase)?|pwd|secret|token|api-?key|access-key|secret-key"
_OPTION = re.compile(
    rf"(?<![\w-])--?(?P<of>(?:[A-Za-z0-9]{{1,20}}[-_.]){{0,4}})(?:{_NAMED}|(?P<joined>[a-z]{{2,12}}pass(?:word|wd)?))"
    rf"[\"']?(?:=|[\s,]{{1,3}}){_VALUE}"
)
_SHORT = (
    # What a command's option is followed by, for sure.
    rf"(?:mongosh?|mongodump|mongorestore|mongoexport|mongoimport|cqlsh|cypher-shell|sshpass|vncviewer|rdesktop){_REST}-p\s",
    rf"(?:docker|podman|nerdctl|skopeo|oc|az|cf|helm|crane)\s(?:[\w-]{{1,20}}\s)?login{_REST}-p\s",
    rf"(?:twine\supload|kadmin){_REST}-p\s",
    rf"(?:sqlcmd|bcp|isql|tsql|zip|unzip|zipcloak|ipmitool|mosquitto_(?:pub|sub)){_REST}-P\s?",
    rf"(?:redis-cli|valkey-cli){_REST}-a\s",
    rf"ldap(?:search|modify|add|delete|passwd|whoami|compare){_REST}-w\s?",
    rf"(?:plink|pscp|psftp|winscp){_REST}-pw\s",
    rf"x?freerdp3?{_REST}/p:",
    r"wpa_passphrase\s\S{1,64}\s",
    rf"(?:ncftp\w{{0,4}}|npm\s(?:login|adduser)){_REST}-p\s",
    rf"openssl\senc{_REST}-k\s",
    r"(?:input|user|owner)_pw\s",
    rf"gh\ssecret\sset{_REST}(?:-b|--body)[\s=]",
    r"ansible-vault\sencrypt_string\s",
    r"cryptsetup\b[^\n|;]{0,80}?<<<\s?",
    rf"(?:https?|xh|etcdctl){_REST}(?:-a|--auth|--user)[\s=][\"']?[^\s:\"']{{1,64}}:",
    r"rabbitmqctl\s(?:add_user|change_password|authenticate_user)\s\S{1,64}\s",
    r"htpasswd\s-\w{0,4}b\w{0,4}\s\S{1,100}\s\S{1,64}\s",
    r"openssl\b[^\n|;]{0,160}?\s-pass(?:in|out)?\s(?:pass:)?(?<=pass:)",
    r"(?:IDENTIFIED|identified)\s(?:(?:WITH|with)\s[\w\"'`]{1,60}\s)?(?:BY|by|AS|as)\s(?:(?:PASSWORD|password)\s)?(?=[\"'])",
    r"(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n]{0,120}?\s-p(?=[^\s-])",
    r"curl\b[^\n]{0,120}?\s(?:-u|--user)\s?[\"']?[^\s:\"']{1,64}:",
)
_SURE = re.compile(rf"\b(?:{'|'.join(_SHORT)}){_VALUE}")
_PLACES = (
    # What is followed by a password, if what is there looks like one.
    rf"(?:7z[azr]?|rar|unrar){_REST}-p",
    rf"(?:smbclient|rpcclient|smbget|winexe|wmic|net){_REST}-U\s?[\"']?[^\s%\"']{{1,64}}%",
    r"net\suse\b[^\n]{0,160}?/user:\S{1,64}\s",
    r"net\suse\s(?:[A-Za-z*]:?\s)?\\\\\S{1,100}\s",
    r"<\(echo\s",
    r"net\suser\s\S{1,64}\s",
    rf"snmp[a-z]{{3,9}}{_REST}-c\s",
    rf"(?:lftp|ncftpput|curlftpfs){_REST}-u\s[\"']?[^\s,\"']{{1,64}},",
    r"aws\sconfigure\sset\s\S{0,60}(?:secret|token)\S{0,30}\s",
    r"(?:sqlplus|expdp|impdp|sqlldr|jdbc:oracle:[a-z]{2,6}:)\s?[^\s/@\"']{1,64}/",
    (
        r"(?:mysqli?_connect|mysqli|PDO|getConnection|pg_connect|ftp_login|ssh2_auth_password|HTTPBasicAuth|basic_auth"
        r"|NetworkCredential|PSCredential|UsernamePasswordCredentials|\.login|\.connect|\.auth)\s?\(\s?"
        r"(?:[\"'][^\"'\n]{0,120}[\"']\s?,\s?){1,2}"
    ),
    (
        r"(?:AES\.new|hmac\.new|createHmac|createCipheriv|jwt\.(?:encode|sign|decode|verify)|Fernet)\s?\("
        r"(?:[^()\n]{0,60},\s?)?b?[\"']"
    ),
    r"assword:?[\"']\s*\n?\s{0,20}send\s(?:--\s)?",
    r":\s(?:PSK|XAUTH|EAP)\s",
    r"^\"[^\"\n]{1,64}\"\s{1,8}\*\s{1,8}",
    r"^[ \t]*(?:password|passwd|passphrase|bindpw|rootpw|requirepass|masterauth|pass)[ \t]{1,20}",
    r"(?:password|secret)\s[0-9]\s",
    r"snmp-server\scommunity\s",
)
_MAYBE = re.compile(rf"(?m)(?:(?<=^)|(?<![\w-]))(?:{'|'.join(_PLACES)}){_VALUE}")
_PIPED = re.compile(
    r"\becho\s{1,4}(?:-n\s)?[\"']?(?P<value>[^\s\"'|]{3,128})[\"']?\s{0,4}\|\s{0,4}"
    r"(?:sudo\s-\w{0,3}S|passwd\s--stdin|cryptsetup|(?:docker|podman|helm|oc)\s\S{0,20}\s?login|gpg|openssl|kinit|su\b)"
    r"|\becho\s{1,4}[\"']?[\w.-]{1,64}:(?P<of>[^\s\"'|]{3,128})[\"']?\s{0,4}\|\s{0,4}(?:sudo\s)?chpasswd"
)
_COUPLE = re.compile(r"[\"'](?P<key>[\w.-]{2,60})[\"']\s?,\s?[\"'](?P<value>[^\"'\n]{4,200})[\"']")
_ATTRIBUTES = re.compile(
    r"\b(?:key|name|id|property)=[\"'](?P<key>[\w.:-]{2,60})[\"']\s{1,4}(?:[\w:-]{1,20}=[\"'][^\"']{0,80}[\"']\s{1,4}){0,2}"
    r"value=[\"'](?P<value>[^\"']{3,200})[\"']"
)
_NAMED_VALUE = re.compile(
    r"\bname:\s?[\"']?(?P<key>[\w.-]{2,60})[\"']?\s{1,40}value:\s?[\"']?(?P<value>[^\s\"']{3,200})"
)
_PROPERTY = re.compile(r"\bname=[\"'](?P<key>[\w.:-]{2,60})[\"'][^<>\n]{0,80}>(?P<value>[^<>\s]{3,200})</")
_DEFAULT = re.compile(
    r"\bvariable\s[\"'](?P<key>[\w.-]{2,60})[\"']\s?\{[^{}]{0,200}?\bdefault\s{0,9}=\s{0,9}"
    r"[\"'](?P<value>[^\"'\n]{3,200})[\"']"
)
_ENVIRONMENT = re.compile(
    r"(?m)^[ \t]*(?:ENV|ARG)[ \t]{1,9}(?P<key>[\w.-]{2,60})[ \t]{1,9}[\"']?(?P<value>[^\s\"']{3,200})"
)
_NESTED = re.compile(r"<(?:\w{0,20}[Pp]assword|Passphrase)>\s{0,40}<Value>(?P<value>[^<>\s]{3,128})</Value>")
_REALM = re.compile(r"(?m)^[\w.@-]{1,64}:[^:\n]{1,64}:(?P<value>[0-9a-f]{32})$")
_IN_RSA = re.compile(r"<(?:D|P|Q|DP|DQ|InverseQ)>(?P<value>[A-Za-z0-9+/=\s]{20,4000})</")
_IN_JWK = re.compile(r"\\?\"(?:d|p|q|dp|dq|qi|k)\\?\"\s?:\s?\\?\"(?P<value>[\w-]{16,1000})\\?\"")
_NAME = re.compile(r"[a-z_]+[0-9]{0,2}")
_SECRET_MEANINGS = frozenset({"PASSWORD", "PASS", "KEY"})


def _spot(found: re.Match[str], group: str, kind: str = "password") -> Spot:
    return Spot(*found.span(group), "SECRET", 0.9, kind)


def _real(value: str) -> bool:
    return not is_placeholder(value) and not value.startswith(("-", "$", "<", "{{"))


def _options(text: str) -> Iterator[Spot]:
    for found in _OPTION.finditer(text):
        value = found["value"].rstrip(",")
        told = found["of"] or found["joined"]
        if _real(value) and (not told or looks_like_password(value) or looks_random(value)):
            yield _spot(found, "value")


def _sure(text: str) -> Iterator[Spot]:
    for found in _SURE.finditer(text):
        if _real(found["value"]):
            yield _spot(found, "value")


def _maybe(text: str) -> Iterator[Spot]:
    for found in _MAYBE.finditer(text):
        value = (
            re.split(r"[\"')@;]|\\[nr]", found["value"], maxsplit=1)[0] if "jdbc" not in found[0] else found["value"]
        )
        if _real(value) and looks_like_password(value) and not value.lower().startswith(("http", "public", "/")):
            yield Spot(found.start("value"), found.start("value") + len(value), "SECRET", 0.8, "password")


def _piped(text: str) -> Iterator[Spot]:
    for found in _PIPED.finditer(text):
        group = found.lastgroup or ""
        if _real(found[group]):
            yield _spot(found, group)


def _keyed(pattern: re.Pattern[str], *, loose: bool) -> Callable[[str], Iterator[Spot]]:
    """A finder of values that stand behind a key which says that they are secret."""

    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            value = found["value"]
            if keys.meaning(found["key"]) not in _SECRET_MEANINGS or is_placeholder(value):
                continue
            plain = value.isalpha() or " " in value or _NAME.fullmatch(value) is not None
            made = not plain and (looks_like_password(value) or looks_random(value))
            if (loose or made) and keys.judge(found["key"], value):
                yield _spot(found, "value", keys.secret_name(found["key"]))

    return find


def _all_of(pattern: re.Pattern[str], kind: str) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            if _real(found["value"]):
                yield _spot(found, "value", kind)

    return find


def _in_jwk(text: str) -> Iterator[Spot]:
    for found in _IN_JWK.finditer(text):
        if looks_random(found["value"]) or "-" in found["value"]:
            yield _spot(found, "value", "private_key")


RULES = (
    Rule("password of an option", (rf"-[\w.-]*(?:pass|pwd|secret|token|key)[a-z]*[\"']?(?:=|,|{SPACE})",), _options),
    Rule(
        "password of a command",
        (
            (
                rf"{SPACE}-(?:p|P|a|w|pw|u|k|b|-user|-auth|-body)|_pw{SPACE}|encrypt_string|<<<|{SPACE}/p:|wpa_passphrase|rabbitmqctl|htpasswd|{SPACE}-pass"
                r"|IDENTIFIED|identified"
            ),
        ),
        _sure,
    ),
    Rule(
        "password in its place",
        (
            (
                rf"{SPACE}-(?:p|U|c|u)|net{SPACE}use|<\(echo|aws{SPACE}configure|sqlplus|(?:exp|imp)dp|sqlldr|jdbc:oracle"
                r"|(?:onnect|mysqli|PDO|Connection|_login|_password|Auth|_auth|redentials?|\.login|\.auth|\.new|Hmac"
                rf"|Cipheriv|jwt\.[a-z]+|Fernet){SPACE}?\(|assword:?[\"']|:{SPACE}(?:PSK|XAUTH|EAP){SPACE}"
                rf"|\"{SPACE}+\*{SPACE}|(?:passw(?:or)?d|passphrase|bindpw|rootpw|requirepass|masterauth|pass)[ \t]"
                rf"|(?:password|secret){SPACE}[0-9]{SPACE}|community{SPACE}"
            ),
        ),
        _maybe,
    ),
    Rule("password in a pipe", (rf"echo{SPACE}[^|]*\|",), _piped),
    Rule(
        "key and value",
        (any_of(("pass", "pw", "secret", "token", "key", "auth")), rf"[\"']{SPACE}?,{SPACE}?[\"']"),
        _keyed(_COUPLE, loose=False),
    ),
    Rule(
        "key and value of a tag",
        (any_of(("pass", "pw", "secret", "token", "key", "auth")), r"value=[\"']"),
        _keyed(_ATTRIBUTES, loose=True),
    ),
    Rule("name and value", (r"name:\s?[^\s]+\s+value:",), _keyed(_NAMED_VALUE, loose=True)),
    Rule("value of a property", (r"name=[\"'][^<>\n]*>[^<>\s]+</",), _keyed(_PROPERTY, loose=True)),
    Rule("default of a variable", (r"variable\s[\"'][^\"']+[\"']\s?\{",), _keyed(_DEFAULT, loose=True)),
    Rule("environment of an image", (r"(?m:^[ \t]*(?:ENV|ARG)[ \t])",), _keyed(_ENVIRONMENT, loose=True)),
    Rule("password in tags", ("<Value>",), _all_of(_NESTED, "password")),
    Rule("password of a realm", (r":[0-9a-f]{32}",), _all_of(_REALM, "password_hash")),
    Rule("RSA in XML", (r"<(?:D|P|Q|DP|DQ|InverseQ)>",), _all_of(_IN_RSA, "private_key")),
    Rule("JWK", (r"\"kty\\?\"",), _in_jwk),
)
"""Where a program would read it."""
