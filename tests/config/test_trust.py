import stat
import subprocess
import sys

import pytest

from roxy.config.trust import TrustFile
from roxy.contracts.skills import Permissions
from roxy.errors import ConfigError


@pytest.fixture
def trust(tmp_path) -> TrustFile:
    return TrustFile(tmp_path / "config" / "trust.yaml")


@pytest.mark.requirement("skills.permissions")
def test_nothing_is_approved_or_granted_by_default(trust):
    assert trust.approved("skill", "weather") is None
    assert not trust.granted("weather")
    assert trust.always("weather") == frozenset()
    assert not trust.path.exists()


@pytest.mark.requirement("skills.approval")
def test_an_approval_holds_for_one_digest_until_it_is_taken_back(trust):
    trust.approve("skill", "api-key", "ab12" * 16)
    trust.approve("project", "/home/ann/${x} project", "cd34")
    assert trust.approved("skill", "api-key") == "ab12" * 16
    assert trust.approved("server", "api-key") is None
    assert trust.approved("project", "/home/ann/${x} project") == "cd34"
    trust.approve("skill", "api-key", "00")
    assert trust.approved("skill", "api-key") == "00"
    trust.revoke("skill", "api-key")
    trust.revoke("skill", "never-there")
    assert trust.approved("skill", "api-key") is None


@pytest.mark.requirement("skills.permissions")
def test_grants_add_up_and_are_withdrawn_together(trust):
    trust.grant("web", Permissions(servers=frozenset({"brave"}), hosts=frozenset({"a.com"})))
    trust.grant("web", Permissions(hosts=frozenset({"b.com"}), folders=frozenset({"~/x"}), server_control=True))
    trust.grant("other", Permissions(tools=frozenset({"a.b"})))
    trust.set_always("web", "send")
    trust.set_always("web", "delete")
    assert trust.granted("web") == Permissions(
        servers=frozenset({"brave"}),
        hosts=frozenset({"a.com", "b.com"}),
        folders=frozenset({"~/x"}),
        server_control=True,
    )
    assert trust.always("web") == {"send", "delete"}
    trust.withdraw("web")
    assert not trust.granted("web")
    assert trust.always("web") == frozenset()
    assert trust.granted("other") == Permissions(tools=frozenset({"a.b"}))


def test_the_file_is_the_users_alone(trust):
    trust.approve("skill", "a", "1")
    assert stat.S_IMODE(trust.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(trust.path.parent.stat().st_mode) == 0o700


def test_names_that_yaml_would_misread_are_names(trust):
    for name in ("no", "1e3", "null", "a: b", "2026-01-01"):
        trust.approve("skill", name, "0" * 8)
        assert trust.approved("skill", name) == "0" * 8


def test_a_file_that_others_may_write_is_not_trusted(trust):
    trust.approve("skill", "a", "1")
    trust.path.chmod(0o666)
    with pytest.raises(ConfigError, match="chmod 600"):
        trust.approved("skill", "a")


@pytest.mark.requirement("config.bad")
@pytest.mark.parametrize(
    "text", ["granted: [", "granted: {web: {server: [a]}}\n", "approved: {skill: x}\n", "\x00", "always: {a: b}\n"]
)
def test_a_damaged_file_is_told_with_its_place_and_is_not_overwritten(trust, text):
    trust.path.parent.mkdir()
    trust.path.write_text(text)
    trust.path.chmod(0o600)
    for use in (lambda: trust.granted("web"), lambda: trust.approve("skill", "a", "1")):
        with pytest.raises(ConfigError) as error:
            use()
        assert error.value.where.startswith(f"{trust.path}:")
    assert trust.path.read_text() == text


def test_two_processes_that_grant_at_once_lose_nothing(trust):
    code = (
        "import sys; from pathlib import Path; from roxy.config.trust import TrustFile\n"
        "for i in range(20): TrustFile(Path(sys.argv[1])).approve('skill', f'{sys.argv[2]}{i}', 'x')"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(trust.path), name], env={"PYTHONPATH": ":".join(sys.path)})
        for name in "ab"
    ]
    assert [process.wait(timeout=90) for process in running] == [0, 0]
    assert [trust.approved("skill", f"{name}{i}") for name in "ab" for i in range(20)] == ["x"] * 40
