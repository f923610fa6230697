from itsm.gateway.router import router

from .control.backups.api import BackupPlanViewSet, BackupRunViewSet, RestoreTestViewSet
from .control.printing.api import OutputRunViewSet, PrintJobViewSet, PrintQueueViewSet
from .control.scheduling import api as scheduling
from .control.shifts import api as shifts
from .control.shifts import kept_api as kept_shifts

router.register("jobs", scheduling.JobViewSet, basename="jobs")
router.register("job-runs", scheduling.RunViewSet, basename="job-runs")
router.register("shifts", shifts.ShiftViewSet, basename="shifts")
router.register("shift-patterns", kept_shifts.PatternViewSet, basename="shift-patterns")
router.register("check-lists", kept_shifts.CheckListViewSet, basename="check-lists")
router.register("shift-log", shifts.LogViewSet, basename="shift-log")
router.register("checks", shifts.CheckViewSet, basename="checks")
router.register("backup-plans", BackupPlanViewSet, basename="backup-plans")
router.register("backup-runs", BackupRunViewSet, basename="backup-runs")
router.register("restore-tests", RestoreTestViewSet, basename="restore-tests")
router.register("print-queues", PrintQueueViewSet, basename="print-queues")
router.register("print-jobs", PrintJobViewSet, basename="print-jobs")
router.register("output-runs", OutputRunViewSet, basename="output-runs")
