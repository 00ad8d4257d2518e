"""From an utterance to an intent: what was heard, templates, numbers in words, the grammar of all skills."""
