from itsm.gateway.router import router

from .control.backups.api import BackupPlanViewSet, BackupRunViewSet, RestoreTestViewSet

router.register("backup-plans", BackupPlanViewSet, basename="backup-plans")
router.register("backup-runs", BackupRunViewSet, basename="backup-runs")
router.register("restore-tests", RestoreTestViewSet, basename="restore-tests")
