"""Jobs, how they follow each other, their runs and what was told of them."""

from .jobs import Job, JobLink, JobResource, PingKey, Resource
from .runs import DONE, OPEN, JobPing, JobRun, State

__all__ = ["DONE", "OPEN", "Job", "JobLink", "JobPing", "JobResource", "JobRun", "PingKey", "Resource", "State"]
