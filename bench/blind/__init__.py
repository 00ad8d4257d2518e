"""A blind examination for a detector of personal data: labelled texts from lists and templates of its own."""
