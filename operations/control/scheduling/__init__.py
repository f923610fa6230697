"""Job scheduling: the register of jobs, their runs, heartbeats, the plan of the day and its chains."""
