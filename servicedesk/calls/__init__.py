"""Level 0: the call centre. A call is a row of its own; the switchboard sorts, the console answers, campaigns call out."""
