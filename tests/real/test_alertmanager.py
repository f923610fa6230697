"""Real Prometheus and Alertmanager: a target dies and comes back, the door is closed for a while, bodies come again and again."""

import http.server
import subprocess
import threading
import time
from urllib.request import urlopen

import pytest
from django.db import OperationalError, connection

from itsm.cmdb import services as cmdb
from itsm.events.models import Alert, Event, EventRule
from itsm.gateway.sources import door_view
from itsm.gateway.sources import services as sources
from itsm.gateway.sources.models import Inbound
from servicedesk.incidents.models import Incident
from tests import processes

from .conftest import debian

PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s, scrape_timeout: 1s}}
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{manager}']}}]}}]}}
rule_files: [rules.yml]
scrape_configs:
- {{job_name: app, static_configs: [{{targets: ['127.0.0.1:{target}'], labels: {{itsm_ci: SRV-APP-07}}}}]}}
"""
RULES = """
groups:
- name: g
  rules:
  - alert: InstanceDown
    expr: up == 0
    for: 1s
    labels: {severity: critical}
    annotations: {summary: "Instance {{ $labels.instance }} down", description: "{{ $labels.job }} unreachable", runbook_url: "https://kb.example/42"}
"""
MANAGER = """
global: {{resolve_timeout: 1m}}
route: {{receiver: itsm, group_by: [alertname, instance], group_wait: 0s, group_interval: 1s, repeat_interval: 2s}}
receivers: [{{name: itsm, webhook_configs: [{{url: '{url}', send_resolved: true}}]}}]
"""

# Seconds for which the door answers 503.
CLOSED = 60


class Target:
    """Something that Prometheus scrapes, until it dies."""

    def __init__(self, port: int):
        self.port, self.server = port, None

    def live(self):
        class Metrics(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(b"app_ok 1\n")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Metrics)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def die(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


def until(what, seconds=60):
    """Wait for something that other programs bring about."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)
        connection.close_if_unusable_or_obsolete()
    return found


@pytest.fixture
def target(world, live_server, settings, tmp_path):
    """Both programs run, and send to a source of ours; the target lives."""
    prometheus, manager = (
        debian("prometheus", "prometheus"),
        debian("prometheus-alertmanager", "prometheus-alertmanager"),
    )
    settings.PUBLIC_URL = live_server.url
    _made, url = sources.create_source(
        actor=world.admin, kind="alertmanager", name="Prometheus", organisation_id=world.lumen.pk
    )
    ports = [processes.free_port() for _each in range(3)]
    (tmp_path / "prom.yml").write_text(PROMETHEUS.format(manager=ports[1], target=ports[2]))
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "am.yml").write_text(MANAGER.format(url=url))
    alive = Target(ports[2])
    alive.live()
    running = [
        subprocess.Popen(
            [manager, "--config.file=am.yml", f"--web.listen-address=127.0.0.1:{ports[1]}", f"--storage.path={tmp_path}/am", "--cluster.listen-address="],
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=(tmp_path / "am.log").open("w"),
        ),
        subprocess.Popen(
            [prometheus, "--config.file=prom.yml", f"--web.listen-address=127.0.0.1:{ports[0]}", f"--storage.tsdb.path={tmp_path}/prom"],
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=(tmp_path / "prom.log").open("w"),
        ),
    ]  # fmt: skip

    def ready():
        try:
            return urlopen(f"http://127.0.0.1:{ports[0]}/-/ready", timeout=2).status == 200
        except OSError:
            return False

    until(ready)
    yield alive
    alive.die()
    for each in running:
        each.terminate()
        each.wait(20)


@pytest.mark.django_db(transaction=True)
def test_a_target_dies_and_comes_back_and_the_door_is_closed_in_between(world, target, monkeypatch):
    server = cmdb.create_ci(
        actor=world.admin, ci_class="physical_server", key="SRV-APP-07", name="srv-app-07", organisation=world.lumen
    )
    EventRule.objects.create(
        organisation=world.lumen,
        name="Dead",
        kind="incident",
        conditions=[{"field": "group", "how": "equals", "value": "InstanceDown"}],
    )
    target.die()
    alert = until(lambda: Alert.objects.filter(record__isnull=False).first())
    assert (alert.item_id, alert.state, alert.severity, alert.down) == (server.pk, "open", "critical", True)
    assert alert.facts["runbook_url"] == "https://kb.example/42"
    assert Incident.objects.get().title.endswith("down")
    # Said again and again, it is still one.
    until(lambda: Alert.objects.get().count >= 4)
    assert Incident.objects.count() == 1
    # The door is closed while the target comes back: Alertmanager keeps what it has to say.
    turned_away = []

    def closed(*args):
        turned_away.append(time.monotonic())
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(door_view.together.receiving, "keep", closed)
        patch.setattr(door_view.together.receiving, "keep_many", closed)
        target.live()
        before, began = Event.objects.count(), time.monotonic()
        while time.monotonic() < began + CLOSED:
            time.sleep(1)
            connection.close_if_unusable_or_obsolete()
        assert (Event.objects.count(), Alert.objects.get().state) == (before, "open")
    assert turned_away[-1] - turned_away[0] > CLOSED / 2, "it came again and again"
    until(lambda: Alert.objects.get().state == "closed")
    incident = Incident.objects.get()
    assert (incident.phase, incident.resolution_code.code) == ("resolved", "recovered")
    # It dies once more: the same trouble, the same incident.
    target.die()
    until(lambda: Alert.objects.get().state == "open")
    incident.refresh_from_db()
    assert (Alert.objects.count(), Incident.objects.count(), incident.phase, incident.reopen_count) == (1, 1, "open", 1)
    assert not Inbound.objects.exclude(outcome="accepted").exists()
