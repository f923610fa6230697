"""Settings of telephony, for administrators: exchanges and their dialects, how long calls are kept, erasure."""
