"""A real Icinga 2 notifies by curl, as its own notification command: a problem, its repeats, the recovery."""

import os
import subprocess
import time

import pytest

from itsm.cmdb import services as cmdb
from itsm.events.models import Alert, Event
from itsm.gateway.sources import services as sources
from itsm.gateway.sources.models import Inbound

from .conftest import debian
from .test_alertmanager import until

NOTIFY = """#!/bin/sh
exec curl -sS -m 10 -X POST {url} \
 --data-urlencode "type=$NOTIFICATIONTYPE" --data-urlencode "host=$HOSTNAME" --data-urlencode "display=$HOSTDISPLAY" --data-urlencode "address=$HOSTADDRESS" \
 --data-urlencode "host_state=$HOSTSTATE" --data-urlencode "service=$SERVICEDESC" --data-urlencode "state=$SERVICESTATE" \
 --data-urlencode "output=$SERVICEOUTPUT" --data-urlencode "timet=$TIMET" --data-urlencode "ci=$CI"
"""
CONFIGURATION = """
include <itl>
const NodeName = "icinga-test"
const PluginDir = "/usr/lib/nagios/plugins"
object CheckerComponent "checker" {{ }}
object NotificationComponent "notification" {{ }}
object Host "db01" {{ check_command = "dummy"; vars.dummy_state = 0; max_check_attempts = 1; address = "192.0.2.10"; display_name = "DB server 01"; check_interval = 60s; vars.itsm_ci = "srv-db-01" }}
object Service "disk /var" {{ host_name = "db01"; check_command = "dummy"; vars.dummy_state = {{{{ if (Math.floor(get_time() / 12) % 2 == 0) {{ 2 }} else {{ 0 }} }}}}; vars.dummy_text = "DISK CRITICAL - /var 512 MB (3%): \\"quoted\\" é"; check_interval = 2s; retry_interval = 1s; max_check_attempts = 1; enable_flapping = false }}
object User "itsm" {{ email = "itsm@itsm.example" }}
object NotificationCommand "itsm" {{
  command = [ "{work}/notify.sh" ]
  env = {{
    NOTIFICATIONTYPE = "$notification.type$"
    HOSTNAME = "$host.name$"
    HOSTDISPLAY = "$host.display_name$"
    HOSTADDRESS = "$address$"
    HOSTSTATE = "$host.state$"
    SERVICEDESC = "$service.name$"
    SERVICESTATE = "$service.state$"
    SERVICEOUTPUT = "$service.output$"
    TIMET = "$icinga.timet$"
    CI = "$host.vars.itsm_ci$"
  }}
}}
object Notification "n" {{ host_name = "db01"; service_name = "disk /var"; command = "itsm"; users = ["itsm"]; interval = 3s; types = [ Problem, Recovery ]; states = [ OK, Warning, Critical, Unknown ] }}
"""


@pytest.fixture
def icinga(world, live_server, settings, tmp_path):
    """Icinga runs in the foreground with a folder of its own."""
    if os.geteuid():
        pytest.skip("icinga2 is started by root only")
    program = debian("icinga2", "icinga2-bin")
    debian("curl", "curl")
    debian("/usr/lib/nagios/plugins/check_dummy", "monitoring-plugins-basic")
    settings.PUBLIC_URL = live_server.url
    _made, url = sources.create_source(actor=world.admin, kind="events", name="Icinga", organisation_id=world.lumen.pk)
    for name in ("lib", "log", "run", "spool", "cache"):
        (tmp_path / name).mkdir()
    notify = tmp_path / "notify.sh"
    notify.write_text(NOTIFY.format(url=url))
    notify.chmod(0o755)
    (tmp_path / "icinga2.conf").write_text(CONFIGURATION.format(work=tmp_path))
    folders = [f"-D{name}={tmp_path}/{folder}" for name, folder in (
        ("DataDir", "lib"), ("LogDir", "log"), ("InitRunDir", "run"), ("SpoolDir", "spool"), ("CacheDir", "cache"))]  # fmt: skip
    running = subprocess.Popen(
        [program, "daemon", "-c", str(tmp_path / "icinga2.conf"), "-DRunAsUser=root", "-DRunAsGroup=root", *folders],
        stdout=(tmp_path / "out").open("w"), stderr=subprocess.STDOUT,
    )  # fmt: skip
    time.sleep(2)
    assert running.poll() is None, (tmp_path / "out").read_text()
    yield tmp_path
    running.terminate()
    running.wait(30)


@pytest.mark.django_db(transaction=True)
def test_a_service_that_comes_and_goes_is_one_alert(world, icinga):
    server = cmdb.create_ci(
        actor=world.admin, ci_class="physical_server", key="SRV-DB-01", name="srv-db-01", organisation=world.lumen
    )
    alert = until(lambda: Alert.objects.filter(count__gte=2, cleared_at=None).first(), 90)
    assert (alert.key, alert.item_id, alert.severity, alert.down) == ("db01!disk /var", server.pk, "critical", False)
    assert "é" in alert.title
    until(lambda: Alert.objects.get().cleared_at, 90)
    assert Event.objects.filter(status="resolved").exists()
    until(lambda: Alert.objects.get().cleared_at is None, 90)
    assert Alert.objects.count() == 1
    assert not Inbound.objects.exclude(outcome="accepted").exists()
