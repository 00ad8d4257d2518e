"""One session asks another session of this user."""
