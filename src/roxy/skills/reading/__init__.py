"""A skill's files, understood: YAML with lines, SKILL.md, intents, permissions; loaded to read something new."""
