from datetime import timedelta

import pytest

from fakes.skills import write_skill
from roxy.errors import ConfigError, SkillError
from roxy.skills.scaffold import new_skill
from roxy.testing import check_examples, skill_bench

YAML = """
intents:
  search: {sentences: ["search for {what}"]}
  push: {sentences: [push]}
  wipe: {description: Wipe everything, confirm: true, sentences: [wipe]}
  ask: {sentences: [ask me]}
  remind: {sentences: ["remind me of {what}"]}
  read: {sentences: ["read {path}"]}
  fetch: {sentences: ["fetch {url}"]}
  start: {sentences: ["start {server}"]}
  crash: {sentences: [crash]}
  know: {sentences: [who am i]}
permissions: {servers: [web], folders: [granted], hosts: [example.com], server_control: true}
"""

CODE = """
from datetime import timedelta
from roxy import RoxySkill, SkillResult


class Everything(RoxySkill):
    async def execute(self, context):
        return await getattr(self, context.intent)(context, **context.parameters)

    async def search(self, context, what):
        found = await context.mcp.call_tool("web", "search", {"query": what})
        return SkillResult(found.success, found.text or found.error, data=found.data, code=found.code)

    async def push(self, context):
        done = await context.mcp.call_tool("web", "push", {"to": "origin"})
        return SkillResult(done.success, done.text, code=done.code)

    async def wipe(self, context):
        return SkillResult(True, "wiped")

    async def ask(self, context):
        await context.say("One moment.")
        name = await context.ask("Your name?")
        return SkillResult(await context.confirm(f"Really {name}?"), name)

    async def remind(self, context, what):
        await context.memory.remember(what, kind="test")
        await context.store.put("last", what)
        due = await context.remind(what, timedelta(hours=1))
        return SkillResult(True, f"{due.due:%H:%M}")

    async def read(self, context, path):
        return SkillResult(True, await context.files.read(path))

    async def fetch(self, context, url):
        return SkillResult(True, (await context.http.get(url)).text)

    async def start(self, context, server):
        started = await context.servers.start_server(server)
        return SkillResult(started, context.servers.status(server).error)

    async def crash(self, context):
        raise ZeroDivisionError("here")

    async def know(self, context):
        mine = context.about.skills()[0]
        return SkillResult(True, f"{mine.name} {context.config.get('level')} {len(context.conversation_history)}")
"""


@pytest.fixture
async def bench(tmp_path):
    async with skill_bench(write_skill(tmp_path, roxy_yaml=YAML, skill_py=CODE)) as made:
        yield made


@pytest.mark.requirement("skills.bench")
async def test_a_tool_is_called_and_recorded(bench):
    bench.tool("web", "search", returns={"hits": 3})
    reply = await bench.say("Search for Ada Lovelace, please")
    assert (reply.success, reply.data, reply.intent, reply.parameters) == (
        True, {"hits": 3}, "search", {"what": "Ada Lovelace"},
    )  # fmt: skip
    assert [(call.server, call.tool, call.arguments) for call in reply.calls] == [
        ("web", "search", {"query": "Ada Lovelace"})
    ]
    bench.tool("web", "search", returns=lambda arguments: arguments["query"].upper())
    assert (await bench.say("search for bob")).text == "BOB"


@pytest.mark.requirement("skills.bench", "skills.permissions")
async def test_a_tool_with_side_effects_asks_and_a_withdrawn_grant_too(bench):
    bench.tool("web", "push", returns="pushed", read_only=False)
    assert (await bench.say("push")).code == "needs_input"
    bench.answers("yes", "no")
    assert (await bench.say("push")).text == "pushed"
    refused = await bench.say("push")
    assert (refused.code, refused.calls) == ("denied", [])
    assert "to: origin" in refused.questions[0]
    assert bench.audit[-1].name == "skill.refused"
    bench.withdraw()
    bench.answers("always", "yes")
    assert "server web" in (await bench.say("push")).questions[0]
    assert bench.trust.granted("greeter").servers == {"web"}


@pytest.mark.requirement("skills.bench")
async def test_an_intent_that_asks_first_is_asked_about(bench):
    bench.answers("no", "yes")
    assert (await bench.say("wipe")).code == "denied"
    reply = await bench.say("wipe")
    assert (reply.text, reply.questions) == ("wiped", ["Wipe everything — shall I?"])
    bench.assume_yes = True
    assert (await bench.say("wipe")).questions == []


@pytest.mark.requirement("skills.bench")
async def test_questions_are_answered_in_order(bench):
    bench.answers("Ada", "yes")
    reply = await bench.say("ask me")
    assert (reply.text, reply.questions, reply.said) == ("Ada", ["Your name?", "Really Ada?"], ["One moment."])
    assert (await bench.say("ask me")).code == "needs_input"


@pytest.mark.requirement("skills.bench")
async def test_state_lasts_and_time_is_the_tests_own(bench):
    bench.now = bench.at("2026-03-01 15:04")
    assert (await bench.say("remind me of the tea")).text == "16:04"
    assert (await bench.memory.search("where is the tea?"))[0].text == "the tea"
    assert await bench.store.get("last") == "the tea"
    assert bench.reminders.fire() == []
    bench.now += timedelta(hours=2)
    assert [one.text for one in bench.reminders.fire()] == ["the tea"]
    bench.config["level"] = 3
    assert (await bench.say("who am i")).text == "greeter 3 2"


async def test_a_recurring_reminder_waits_for_its_next_time(bench):
    due = bench.now + timedelta(minutes=1)
    await bench.reminders.add("tea", due, rule="FREQ=DAILY")
    bench.now += timedelta(days=2)
    assert len(bench.reminders.fire()) == 1
    assert [one.due for one in await bench.reminders.pending()] == [due + timedelta(days=2)]


@pytest.mark.requirement("skills.bench")
async def test_files_pages_and_servers_are_doubles(bench, tmp_path):
    path = bench.file("notes/a.txt", "inside")
    assert (await bench.say(f"read {path}")).text == "inside"
    assert (await bench.say(f"read {tmp_path / 'greeter' / 'skill.py'}")).code == "denied"
    bench.http("https://example.com/", "a page")
    assert (await bench.say("fetch https://example.com/")).text == "a page"
    assert (await bench.say("fetch https://example.org/")).code == "denied"
    bench.add_server("web", state="stopped")
    bench.servers.failing["web"] = "no key"
    assert (await bench.say("start web")).text == "no key"
    assert (await bench.say("start nothing")).code == "not_found"


async def test_what_is_not_matched_names_the_nearest_examples(tmp_path):
    async with skill_bench(write_skill(tmp_path) / "skill.py") as bench:
        with pytest.raises(AssertionError, match="“say hello”"):
            await bench.say("say hallo")


async def test_what_a_skill_raises_comes_out(bench):
    with pytest.raises(ZeroDivisionError, match="here"):
        await bench.say("crash")


async def test_a_bad_skill_does_not_get_on_the_bench(tmp_path):
    with pytest.raises(ConfigError):
        async with skill_bench(tmp_path):
            pass
    with pytest.raises(SkillError):
        async with skill_bench(write_skill(tmp_path, skill_py="1 / 0")):
            pass


@pytest.mark.requirement("skills.bench")
def test_examples_that_go_astray_are_told(tmp_path):
    folder = write_skill(
        tmp_path,
        roxy_yaml="intents: {a: {sentences: ['go {x}'], examples: [go home, stay, {say: go on, slots: {x: off}}]}}",
    )
    other = write_skill(tmp_path, "other", roxy_yaml="intents: {b: {sentences: [go home]}}")
    assert [str(one) for one in check_examples(folder)] == [
        "“stay” should be greeter.a, but matches no sentence",
        "“go on” should be greeter.a with {'x': 'off'}, but has {'x': 'on'}",
    ]
    assert "taken by other.b" in str(check_examples(folder, beside=[other])[0])


@pytest.mark.requirement("skills.bench")
@pytest.mark.parametrize("name", ["tea-timer", "3d", "a"])
async def test_a_new_skill_passes_its_examples_and_answers(tmp_path, name):
    folder = new_skill(tmp_path, name)
    assert check_examples(folder) == []
    async with skill_bench(folder) as bench:
        words = name.replace("-", " ")
        assert (await bench.say(f"greet Ada from {words}")).text == "Hello, Ada!"
