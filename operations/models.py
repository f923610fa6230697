from .control.scheduling.models import Job, JobLink, JobPing, JobResource, JobRun, PingKey, Resource

__all__ = [
    "Job",
    "JobLink",
    "JobPing",
    "JobResource",
    "JobRun",
    "PingKey",
    "Resource",
]
