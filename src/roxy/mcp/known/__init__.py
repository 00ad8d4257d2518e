"""What is known of servers while they do not run. Nothing here loads the SDK: a list of tools must not pay for it."""
