"""`roxy privacy`: what may leave. `command` is the group; `opened` makes the gateway that its commands ask."""
