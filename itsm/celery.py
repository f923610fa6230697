"""The Celery application: workers and beat start from here."""

import os

from celery import Celery
from celery.signals import setup_logging, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")

app = Celery("vigie")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_django_logging(**_):
    """Celery must not replace the handlers that settings.LOGGING describes."""


@task_prerun.connect
def name_the_task_as_request(task_id, **_):
    from itsm.core import request_id

    request_id.set_current(task_id)
