"""Skills: folders that answer. They are found, read, checked, matched to an utterance, run and watched here."""
