"""Debian's `webhook` receives what we send: it checks our signature with a script of its own, and is away for a while."""

import json
import subprocess
import sys
import time
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from itsm.core import clock, now, reference
from itsm.gateway.webhooks import sending, services
from itsm.gateway.webhooks.models import Delivery
from itsm.notify import outbox
from servicedesk.incidents import services as incidents
from tests import processes

from .conftest import debian

pytestmark = pytest.mark.django_db
# What a receiver does with a message (standardwebhooks.com), with nothing of ours: id, time and body under the secret.
CHECK = """
import base64, hashlib, hmac, sys
body, ident, stamp, signatures = sys.argv[1:5]
folder, _slash, _name = __file__.rpartition("/")
key = base64.b64decode(open(folder + "/secret").read().removeprefix("whsec_"))
mine = base64.b64encode(hmac.new(key, f"{ident}.{stamp}.{body}".encode(), hashlib.sha256).digest()).decode()
if not any(hmac.compare_digest(each, "v1," + mine) for each in signatures.split()):
    sys.exit("The signature is not that of our secret.")
open(folder + "/got", "a").write(body + "\\n")
print("taken", ident)
"""


class Program:
    """The program with one hook, until it is stopped."""

    def __init__(self, path: str, folder):
        self.path, self.folder, self.port, self.process = path, folder, processes.free_port(), None
        (folder / "check.py").write_text(CHECK)
        said = [{"source": "raw-request-body"}] + [
            {"source": "header", "name": f"Webhook-{name}"} for name in ("Id", "Timestamp", "Signature")
        ]
        hook = {
            "id": "vigie", "execute-command": sys.executable, "http-methods": ["POST"], "include-command-output-in-response": True,
            "pass-arguments-to-command": [{"source": "string", "name": str(folder / "check.py")}, *said],
        }  # fmt: skip
        (folder / "hooks.json").write_text(json.dumps([hook]))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/vigie"

    def start(self):
        words = [self.path, "-hooks", "hooks.json", "-ip", "127.0.0.1", "-port", str(self.port), "-verbose"]
        with (self.folder / "webhook.log").open("a") as log:
            self.process = subprocess.Popen(words, cwd=self.folder, stdout=log, stderr=log)
        end = time.monotonic() + 20
        while not self.answers():
            assert time.monotonic() < end, "it did not start"
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return urlopen(f"http://127.0.0.1:{self.port}/", timeout=2).status == 200
        except HTTPError:
            return True
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def got(self) -> list[dict]:
        file = self.folder / "got"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def program(tmp_path):
    made = Program(debian("webhook", "webhook"), tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def webhook(world, program):
    made, secret = services.create_webhook(
        actor=world.admin, name="Automate", organisation_id=world.lumen.pk, url=program.url, allow_private=True, events=["record.*"]
    )  # fmt: skip
    (program.folder / "secret").write_text(secret)
    return made


def opened(world, title: str):
    made = incidents.open_incident(actor=world.customer, requester=world.customer, title=title)
    reference.forget_everything()  # a version changes when a transaction commits: here none does
    outbox.drain()
    return made


def test_it_knows_our_signature_and_reads_the_very_characters(world, program, webhook):
    incident = opened(world, "L’imprimante « Élan » est muette 🖨")
    assert sending.send_due() == 1
    row = Delivery.objects.get()
    assert (row.state, row.status, row.response.strip()) == ("delivered", 200, f"taken {row.message_id}")
    [told] = program.got()
    assert (told["data"]["record"]["number"], told["data"]["record"]["title"]) == (incident.number, incident.title)


def test_a_forged_secret_is_refused_and_both_sign_while_one_takes_the_others_place(world, program, webhook):
    services.rotate_secret(webhook.pk, actor=world.admin)
    opened(world, "Un")
    sending.send_due()
    assert Delivery.objects.get().state == "delivered", "the secret before still signs"
    services.rotate_secret(webhook.pk, actor=world.admin, overlap_hours=0)
    opened(world, "Deux")
    sending.send_due()
    row = Delivery.objects.latest("pk")
    assert (row.state, row.status, row.error) == ("queued", 500, "status")
    assert [told["data"]["record"]["title"] for told in program.got()] == ["Un"]


def test_while_it_is_away_nothing_is_lost_and_nothing_comes_twice(world, program, webhook, monkeypatch):
    program.stop()
    incident = opened(world, "Perdu ?")
    sending.send_due()
    row = Delivery.objects.get()
    assert (row.state, row.error) == ("queued", "refused")
    program.start()
    real = clock.now
    for module in (sending, services):
        monkeypatch.setattr(module, "now", lambda: real() + timedelta(minutes=10))
    assert sending.send_due() == 1
    assert sending.send_due() == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.created_at < now()) == ("delivered", 2, True)
    assert [told["data"]["record"]["number"] for told in program.got()] == [incident.number]
