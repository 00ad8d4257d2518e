"""The local database, atomic files, backups, and the folders the user allowed."""
