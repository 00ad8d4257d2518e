"""`roxy chat`: talking in a terminal, or over a pipe.

`command` is the entry, `talk` takes a line to its answer, `slash` holds the commands of the chat, `screen` shows what
Roxy says, `terminal` and `piped` are the two ways in, `first_start` asks who the user is.
"""
