"""The owner of a data folder: its lock, its socket, and what reaches Roxy through them.

`lock` says who owns the folder, `server` lets others in, `client` is Roxy seen from outside, `wire` is what both say,
`seat` finds the way in for a door, `running` is the process that does nothing but serve.
"""
