"""Settings that cannot be read: code 2, the file and the line, the next step, and nothing is started."""

import os
import sys

import pytest

from fakes.program import places_of, roxy, roxy_like_anybody

BAD = {
    "bytes": (b"\xff\xfe\x00garbage\x9c", "not UTF-8"),
    "nul": (b"a: \x00b", "does not allow"),
    "no mapping": (b"- 1\n- 2\n", "must be a mapping"),
    "unknown": (b"servers:\n  a: {comand: x}\n", "`command`"),
    "wrong type": (b"servers:\n  a: {command: x, retries: many}\n", "whole number"),
    "too large": (b"# " + b"x" * 1_100_000, "larger than 1 MB"),
    "too deep": (b"a: " + b"[" * 100_000, "nested too deeply"),
    "too deep in lines": (b"- " * 100_000 + b"a", "nested too deeply"),
    "aliases": (b"a: &a [x, x, x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (n, n) for n in range(9)), "not a known"),
}


@pytest.mark.requirement("config.bad", "cli.exit_codes", "cli.no_traceback")
@pytest.mark.parametrize("kind", BAD)
def test_a_file_of_servers_that_is_wrong_is_named_with_the_reason(home, kind):
    content, reason = BAD[kind]
    file = places_of(home).config / "mcp_servers.yaml"
    file.write_bytes(content)
    told = roxy(home, "mcp", "list")
    assert (told.returncode, told.stdout) == (2, ""), told.stderr[-300:]
    assert told.stderr.startswith(f"Error: {file}")
    assert reason in told.stderr
    assert len(told.stderr.splitlines()) <= 2


@pytest.mark.requirement("config.bad", "cli.exit_codes")
@pytest.mark.parametrize("words", [["chat"], ["ask", "what time is it"], ["metrics"], ["data", "export"]])
def test_no_door_opens_on_settings_that_are_wrong(home, words):
    places = places_of(home)
    (places.config / "roxy.yaml").write_text("user: {name: Ada\n")
    told = roxy(home, *words)
    assert (told.returncode, told.stdout) == (2, "")
    assert "roxy.yaml:2" in told.stderr
    assert not (places.data / "roxy.db").exists()


@pytest.mark.requirement("config.bad", "cli.no_traceback")
@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may read anything")
@pytest.mark.parametrize("name", ["roxy.yaml", "mcp_servers.yaml"])
def test_a_file_of_settings_that_cannot_be_read_is_named(home, name):
    file = places_of(home).config / name
    file.write_text("{}\n")
    file.chmod(0)
    told = roxy_like_anybody(home, "mcp", "list")
    assert told.returncode == 2, told.stderr
    assert str(file) in told.stderr
    file.chmod(0o600)
    file.unlink()
    file.mkdir()
    told = roxy(home, "chat", said="what time is it\n")
    assert told.returncode == 2, told.stdout
    assert str(file) in told.stderr


@pytest.mark.requirement("config.bad")
def test_a_skill_whose_yaml_is_bottomless_is_reported_and_stops_nobody(home):
    skill = places_of(home).skills / "deep"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: deep\ndescription: Deep.\n---\n")
    (skill / "roxy.yaml").write_text("intents: " + "[" * 100_000)
    listed = roxy(home, "skills", "list")
    assert listed.returncode == 0
    assert "nested too" in listed.stdout.replace("\n", " ")
    assert "42" in roxy(home, "ask", "what is 6 times 7").stdout


@pytest.mark.requirement("cli.no_traceback")
def test_roxy_home_is_enough_where_home_is_not_set(home):
    nameless = "import os, sys; del os.environ['HOME']; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    asked = roxy(home, "-m", "roxy", "ask", "what is 6 times 7", start=("-c", nameless))
    assert "42" in asked.stdout
