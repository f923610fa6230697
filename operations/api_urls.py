from itsm.gateway.router import router

from .control.scheduling import api as scheduling

router.register("jobs", scheduling.JobViewSet, basename="jobs")
router.register("job-runs", scheduling.RunViewSet, basename="job-runs")
