"""The operator's console: who waits, the call under way and who calls, what to say and write, presence in the top bar."""
