from .control.consoles.models import Console, ConsoleEntry
from .control.scheduling.models import Job, JobLink, JobPing, JobResource, JobRun, PingKey, Resource

__all__ = [
    "Console",
    "ConsoleEntry",
    "Job",
    "JobLink",
    "JobPing",
    "JobResource",
    "JobRun",
    "PingKey",
    "Resource",
]
