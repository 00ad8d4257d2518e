"""`roxy events`: what happened. `command` is the group, `views` draws."""
