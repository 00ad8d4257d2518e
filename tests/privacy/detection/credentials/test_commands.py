"""Secrets where programs would read them and where people say them: commands, statements, codes, languages."""

import random
import string

import pytest

from roxy.privacy.detection.detector import Detector

DETECTOR = Detector()


def noise(size, letters=string.ascii_letters + string.digits):
    return "".join(random.Random(size).choices(letters, k=size))


PASSWORD = noise(6) + "%" + noise(4) + "7"
HEX = noise(64, "0123456789abcdef")
LONG = "a1B2" + noise(40)


def secrets_in(text):
    spots = DETECTOR.find(text, deep=False, named=False)
    return [text[spot.start : spot.end] for spot in spots if spot.type == "SECRET"]


@pytest.mark.parametrize(
    "text",
    [
        "PGPASSWORD={} psql -h db",
        "mysql -u root -p{} shop",
        'mongosh "mongodb://db" -u root -p {}',
        "docker login -u bob -p {} registry.example.com",
        "redis-cli -h cache -a {} ping",
        "zip -P {} -r out.zip docs",
        "7z x a.7z -p{}",
        "ldapsearch -D cn=admin -w {} -b dc=x",
        "openssl rsa -in k.pem -passin pass:{} -out o",
        "smbclient //nas/share -U bob%{}",
        "net use Z: \\\\nas\\x /user:bob {}",
        "xfreerdp /v:host /u:bob /p:{}",
        "lftp -u bob,{} ftp.example.com",
        "keytool -list -keystore k.jks -storepass {}",
        "rclone copy a r: --sftp-pass {}",
        "echo {} | sudo -S true",
        'echo "bob:{}" | sudo chpasswd',
        "rabbitmqctl add_user bob {}",
        "sqlplus scott/{}@orcl",
        "CREATE USER x IDENTIFIED BY '{}';",
        "define('DB_PASSWORD', '{}');",
        "mysqli_connect('db', 'app', '{}', 'shop');",
        '<add key="DbPassword" value="{}" />',
        "<Password><Value>{}</Value></Password>",
        "[client]\nrequirepass {}\n",
        "- name: DB_PASSWORD\n  value: {}\n",
        'variable "db_password" {{ default = "{}" }}',
        '<property name="connection.password">{}</property>',
        "ENV DB_PASSWORD {}\n",
        "login\tpassword\nbob\t{}\n",
        'password := "{}"',
        "etcdctl --user root:{} get a",
        "openssl enc -aes-256-cbc -k {} -in a",
        '192.0.2.1 %any : PSK "{}"',
    ],
)
def test_a_password_is_found_where_a_program_reads_it(text):
    assert PASSWORD in secrets_in(text.format(PASSWORD))


@pytest.mark.parametrize(
    "text",
    [
        '{{"contraseña": "{}"}}',
        '{{"パスワード": "{}"}}',
        '{{"비밀번호": "{}"}}',
        '{{"mật khẩu": "{}"}}',
        '{{"كلمة السر": "{}"}}',
        "пароль: {}",
        "BIND_PW={}",
        "密码是{}",
        "我的密码\uff1a{}",
        "パスワードは{}です",
        "비밀번호는 {} 입니다",
        "मेरा पासवर्ड {} है",
        "parola mea este {}",
        "a jelszavam {}",
        "le code d\u2019accès est {}",
        "пароль от почты — {}",
        "I changed the password from {} yesterday",
        "Password - {}",
        "creds: admin / {}",
        "u: bob p: {}",
        "take {} as the password",
        "the password was reset to {} this morning",
        "it's {} (that's the admin password)",
        "logging in with maria / {} works",
    ],
)
def test_a_password_is_found_in_other_languages_and_short_hand(text):
    assert secrets_in(text.format(PASSWORD)) == [PASSWORD]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the code for the alarm is {}", "3573"),
        ("PIN {}", "9161"),
        ("voicemail PIN - {}", "5273"),
        ("gate code #{}", "1844"),
        ("Dein Code lautet {}", "257612"),
        ("Код подтверждения: {}", "887780"),
        ("code: {}", "417338"),
        ("Türcode: {}", "0935"),
        ("código de la puerta: {}", "0387"),
        ("验证码\uff1a{}\uff0c5分钟内有效", "737132"),
        ("{} is your Acme verification code", "G-678621"),
        ("Use {} to log in. Do not share it.", "214027"),
        ("the safe combination is {}", "17-91-14"),
        ("Gmail app password {}", "newr bbae wrnq yfen"),
        ("BitLocker {}", "-".join(["190443"] * 8)),
        ("Recovery words:\n{}", "\n".join(["apple"] * 12)),
    ],
)
def test_a_code_that_is_told_is_found(text, value):
    assert " ".join(secrets_in(text.format(value))).split() == value.split()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://calendar.example/ical/bob/private-{}/basic.ics", HEX[:32]),
        ("https://app.example.com/password/reset/{}", LONG),
        ("https://hooks.example.com/{}/notify", LONG),
        ("https://x.example/o?alt=media&token={}", "f8070dc2-ffed-4cfb-adee-d20ed753f1f9"),
        ("curl -b 'sid={}' https://x.example", LONG),
        (".example.com\tTRUE\t/\tTRUE\t1999999999\tsession\t{}", LONG),
        ("use {} now", "anymaker_" + LONG),
        ("api/{}/getMe", "bot2205535358:AA" + noise(33)),
        ('{{"kty":"EC","crv":"P-256","d":"{}"}}', LONG),
        ("<RSAKeyValue><D>{}</D></RSAKeyValue>", LONG * 2),
    ],
)
def test_a_token_is_found_where_a_link_or_a_key_has_it(text, value):
    assert secrets_in(text.format(value)) == [value]


@pytest.mark.parametrize("kind", ["OpenVPN Static key V1", "SSH2 ENCRYPTED PRIVATE KEY", "PGP SECRET KEY BLOCK"])
def test_keys_between_lines_that_begin_and_end_them_are_found_whole(kind):
    rims = ("---- ", " ----") if "SSH2" in kind else ("-----", "-----")
    text = "\n".join((f"{rims[0]}BEGIN {kind}{rims[1]}", *[LONG] * 4, f"{rims[0]}END {kind}{rims[1]}"))
    assert secrets_in(f"see\n{text}\n") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "docker run -p 8080:80 -u 1000:1000 nginx:1.27",
        "mkdir -p build/out && cp -a src2 dst2 && tar -P -xf a1.tar",
        "net user growth was 12% in Q3",
        "tool --max-tokens 4096 --token-file /run/t1 --pass-through x2",
        "echo build42 | grep -c 1",
        'fields = ["password", "email2", "user_name1"]',
        '<input name="password" type="password" />',
        "the security code was reviewed in 2024 by two people",
        "building code 2021 applies",
        "connect('db-01', 5432)",
        '"sha512-' + "aB3" * 28 + '=="',
        "https://example.com/docs/reset-your-device-to-its-first-state",
        "https://github.com/a/b/commit/" + HEX[:40],
        "the word is heslo, says the dictionary",
        "problem lösen ist schwer",
        "la parola d'ordine era breve",
        "GPIO pin 17 and pin 1234 of the connector J12",
        "7 is your number",
        "your zip code is 94110 and the error code: 40412",
        "run `gcloud auth application-default login`, `GOOGLE_APPLICATION_CREDENTIALS` is set",
        "name: build\nvalue: release-2024\n",
        "trees as identified by their hashes2",
        "def f(password: str, login: Login | None = None) -> Login1: ...",
        "boarding pass, clave de sol, salt to taste",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text):
    assert secrets_in(text) == []
