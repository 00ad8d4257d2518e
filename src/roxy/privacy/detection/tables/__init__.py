"""What is looked for, as rows: words of keys, vendors' tokens, numbers, streets. The room above puts them to use."""
