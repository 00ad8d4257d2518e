"""What a server offers beside tools: resources, templates, prompts, completions, and news of their changes."""
