"""What Roxy promises, by id, and nothing that is not promised.

A test that proves a promise carries `@pytest.mark.requirement("id")`. `tests/architecture/test_requirements.py` checks
both ways: every id is proved by at least one test, and every mark names an id of this file. A promise that is not kept
yet is not left out: it stands in `GAPS`, with the reason.
"""

PROMISES = {
    # Set-up
    "setup.wheel": "A built wheel in an empty environment runs `roxy ask`; configuration and skills travel in it.",
    "setup.lock": "Every version is pinned by hash, and the lock file names no index.",
    "setup.docs": "The command line reference and the README's transcript are generated or checked.",
    # Starting
    "start.no_heavy_imports": "A command loads only the heavy libraries that it needs.",
    "start.nothing_unneeded": "`ask` starts no server that the utterance does not need.",
    # Configuration
    "config.layers": "Later layers win; mappings merge deeply, scalars and lists replace.",
    "config.explain": "For every value the file and line it comes from can be named.",
    "config.bad": "Bad YAML, an unknown key, a wrong type: code 2, one message with file, line and nearest key.",
    "config.secrets": "A secret is a reference to the environment; its value is never shown.",
    "config.project": "A project's settings count only once they were approved, and again after they changed.",
    # Skills
    "skills.folder": "A skill is a folder with SKILL.md, validated strictly in name and description.",
    "skills.sentences": "Sentence templates route an utterance to an intent with typed slots.",
    "skills.isolation": "A skill that fails to load or raises is reported and stops nobody.",
    "skills.reload": "Saving a skill reloads it within half a second; a turn in flight ends on its version.",
    "skills.approval": "Skills that are not bundled are approved once and pinned by hash.",
    "skills.permissions": "Permissions are empty by default, granted by the user, and enforced on the handles.",
    "skills.audit": "A refusal is an error result and an audit record on the disk.",
    "skills.bench": "`roxy.testing` lets an author test one skill; `roxy skills new` makes one that passes.",
    "skills.examples": "Every example phrase of every bundled skill routes to its intent, among all of them.",
    "skills.entry_point": "A package announces skills by the entry point group `roxy.skills`.",
    # Dialogue
    "dialogue.ask": "A skill asks, and gets the next utterance of that session at that door.",
    "dialogue.confirm": "What has a side effect outside Roxy asks first: yes, no, always for this.",
    "dialogue.stop": "Stop, cancel and never mind work everywhere.",
    "dialogue.undo": "Undo takes back the last change of memory, lists and reminders.",
    "dialogue.one_shot": "`roxy ask` is one turn: a question back ends it with `needs_input` and code 1.",
    # Bundled skills
    "bundled.clock": "Time and date, here and in any city or zone.",
    "bundled.reminders": "Natural times are understood, and the answer repeats the time understood.",
    "bundled.memory": "Remember, recall by question, list, forget.",
    "bundled.lists": "Lists and notes.",
    "bundled.calculator": "Arithmetic and units, without eval.",
    "bundled.files": "Files are found by name and content in allowed folders, and nowhere else.",
    "bundled.system": "Servers, tools and skills are listed, started, stopped, and their failures explained.",
    "bundled.web": "Web search, reading a page, GitHub and tasks go through MCP servers, and say what to set.",
    "bundled.help": "Help answers what Roxy can do and how.",
    # Reminders
    "reminders.once": "A reminder fires once, in the Roxy that owns the data, also after a restart.",
    "reminders.missed": "What came due while nobody listened is told at the next start.",
    # MCP
    "mcp.transports": "stdio, streamable HTTP, SSE and module servers are reached behind one interface.",
    "mcp.owner_task": "One task opens, serves and closes a connection.",
    "mcp.variants": "A session's own variant of a server stands beside the shared one.",
    "mcp.parallel_start": "All auto-start servers start at once; a slow or broken one delays nobody.",
    "mcp.on_demand": "An on-demand server starts at its first call, once for many callers.",
    "mcp.deadline": "Every call ends by its deadline, whatever the server does.",
    "mcp.retry": "Only what is safe to repeat is repeated, with exponential backoff and jitter.",
    "mcp.never_raises": "Whatever a server does becomes a result with a code.",
    "mcp.no_orphans": "Stop leaves no process behind, grandchildren included.",
    "mcp.eras": "A server that dies or stays silent at the modern probe is reached in the legacy era.",
    "mcp.foreign_servers": "Servers that nobody here wrote work: time, git, fetch, everything, filesystem, memory.",
    "mcp.ready_servers": "Brave search, Firecrawl, GitHub and Dart stand ready on demand.",
    "server.system": "The system server serves memory, files, time and status, in process and over stdio.",
    # Connectors in the database
    "connectors.kept": "Connectors are added, listed, changed, renamed and removed, each change checked like a file.",
    "connectors.secrets": "A raw secret is refused at write, with the advice to use a reference.",
    "connectors.bindings": "A session binds connectors under labels; bindings go with the session or the connector.",
    "connectors.resolve": "File < connector < binding < environment; for every value its origin can be named.",
    "connectors.live": "A change made by another process holds at the next call of a Roxy that runs.",
    "connectors.sessions": "Two sessions with different bindings talk to differently configured servers at once.",
    "sessions.migrate": "Older `mcps` maps become bindings; a dry run changes nothing, a rollback gives all back.",
    # Privacy
    "privacy.path": "Every call to an external server passes the gateway; the server sees pseudonyms.",
    "privacy.restore": "What the user sees has real values again, byte for byte.",
    "privacy.secrets": "Secrets are masked and never put back.",
    "privacy.stable": "The same value has the same pseudonym for the whole session, and after a restart.",
    "privacy.record": "Every redaction is recorded, without the value.",
    "privacy.fail_closed": "When detection fails the call is blocked.",
    "privacy.no_network": "Detection opens no connection.",
    # Models
    "models.router": "Turn, session and settings say which model is asked; another one follows one that fails.",
    "models.tools": "A model uses skills and MCP tools behind the same guards, within bounds of rounds and tokens.",
    "models.instructions": "A model reads the instructions and files of a skill that is nothing else, and no others.",
    "models.private": "An external model sees pseudonyms alone, streams included; the user sees real values.",
    "models.streaming": "The words of a model are shown as they come, and once.",
    "models.continuity": "After a change of model the next one sees all earlier calls and results, in its own format.",
    "models.settings": "A model is named in the settings, its key only as a reference, whose value is never shown.",
    "models.providers": "OpenAI (chat and responses), what is compatible with it, Claude and Gemini stream one way.",
    "models.faults": "Whatever a model's server does ends in time, in a sentence, and never says the key.",
    "models.trimming": "What is too long for a model is trimmed from the oldest on, a call never without its result.",
    "models.local": "Model servers on their usual ports of this machine are found, and offered by `roxy doctor`.",
    # What is kept
    "sessions.resume": "A conversation is resumed by its id.",
    "sessions.ask": "A session asks another one: in no circle, in pseudonyms when a model asks, on its own budget.",
    "sessions.crash": "`kill -9` in the middle of a turn loses nothing that was confirmed.",
    "store.private": "The data folder can be read by the user alone.",
    "store.bad": "A corrupt database, a read-only folder and a full disk end in a clear message, and nothing is lost.",
    "owner.socket": "The first long-lived Roxy owns the data and serves later commands over its socket.",
    "owner.takeover": "A dead owner's lock is taken over.",
    "memory.by_hand": "What Roxy was asked to remember is listed, searched, corrected and forgotten by hand.",
    "data.export_delete": "Everything Roxy keeps about the user can be exported and deleted.",
    "user.settings": "Name, zone, locale and units are guessed, asked once, and can be changed by saying so.",
    # What happened
    "store.backup": "A backup brings every row back into an empty place, on SQLite and on PostgreSQL.",
    "store.dialects": "SQLite and PostgreSQL keep the same data, by the same migrations and the same tests.",
    "events.whole": "An event comes back as it was: ids, lineage, route, transport, data, what providers added.",
    "events.durable": "An event that was acknowledged survives `kill -9`; an audit is on the disk before it is.",
    "events.redacted": "What is not redacted is redacted before it is written, or is not written.",
    "events.queries": "Events are found by session, correlation, kind, time, across sessions and by full text.",
    "events.sampling": "Of verbose traffic a share is kept; failures, audits and decisions always are.",
    "events.chunks": "Pieces of answers are events, sampled, redacted, and no pseudonym is split.",
    "events.retention": "Old events go by age and number; no flood pushes audit events out.",
    "events.import": "What agents' programs have printed is read into the log: redacted, whole, and once.",
    "events.export": "Events are exported as JSON Lines without being held in memory, and can be read back.",
    "translators.round_trip": "A conversation written for a provider and read again is what it was.",
    "translators.verbatim": "What a provider wrote comes back to it with all fields and kinds nobody here knows.",
    "translators.sdk_types": "What is sent fits the types of the official SDKs, and what they give is read.",
    "translators.continuity": "A conversation begun with one provider reads the same in the format of any other.",
    "translators.programs": "What Codex, Gemini and Claude Code print becomes events, and comes back as it was.",
    # Doors
    "chat.piped": "Piped input is answered line by line; UTF-8 and very long lines work.",
    "chat.interrupt": "Ctrl-C cancels the turn, a second one leaves.",
    "chat.spinner": "What takes over 300 ms shows what is being done.",
    "cli.json": "`--json` prints one JSON document, and nothing else, on stdout.",
    "cli.exit_codes": "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted.",
    "cli.no_traceback": "Nobody sees a traceback without `--debug`.",
    # What Roxy says about itself
    "observe.logs": "Logs are JSON with correlation, session and hop ids, rotate, and hold no personal data.",
    "observe.metrics": "Metrics carry the names of the semantic conventions.",
    # Bad input
    "bad.not_understood": "An utterance nobody understands gets the three nearest things Roxy can do.",
    "bad.server": "A server that is missing, crashes, hangs or prints garbage: a sentence that names it and why.",
    # Journeys
    "journey.stdio_skill": "An utterance goes from the terminal through a skill and a real stdio server to its reply.",
    "journey.restart": "A reminder set before a restart fires after it.",
}

GAPS: dict[str, str] = {}
