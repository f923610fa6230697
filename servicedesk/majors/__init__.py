"""Major incidents: proposed by rule, accepted by a manager of the desk, told to users and callers, ended by the all-clear."""
