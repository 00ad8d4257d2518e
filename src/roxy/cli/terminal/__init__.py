"""What a command does with the person at its terminal: `waiting` shows what it waits for, `asking` asks questions."""
