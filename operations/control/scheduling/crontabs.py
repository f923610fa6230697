"""Reading a crontab: what it would make, before anything is made."""

import re
from dataclasses import dataclass

from django.utils.text import slugify
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError

from . import timing
from .models import Job

VARIABLE = re.compile(r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*=")
MOST_LINES, LONGEST = 2000, 200_000


@dataclass
class Line:
    """One job that the crontab holds. `state`: new, changed, same, or why not."""

    number: int
    schedule: str
    command: str
    name: str
    user: str = ""
    state: str = "new"
    why: str = ""
    time_zone: str = ""
    job_id: int | None = None


def read(text: str, *, host: str, has_user: bool, zone: str, known: dict[str, Job] | None = None) -> list[Line]:
    """The jobs of a crontab. `has_user`: the file names a user before the command, as those under /etc do.

    A job is known again by the host and its command, so that the same file read twice changes nothing.
    """
    lines = text[:LONGEST].splitlines()
    if len(text) > LONGEST or len(lines) > MOST_LINES:
        raise DomainError(_("This crontab is too long."), field="text")
    found, names = [], set()
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if VARIABLE.match(line):
            key, _equals, value = line.partition("=")
            if key.strip() in ("CRON_TZ", "TZ"):
                zone = value.strip().strip("\"'") or zone
            continue
        found.append(_line(number, line, host, has_user, zone, names))
    for line in found:
        _compare(line, host, known or {})
    return found


def _line(number: int, line: str, host: str, has_user: bool, zone: str, names: set[str]) -> Line:
    parts = line.split(None, 1 if line.startswith("@") else 5)
    schedule, rest = (parts[0], parts[1:]) if line.startswith("@") else (" ".join(parts[:5]), parts[5:])
    command, user = (rest[0] if rest else ""), ""
    if has_user:
        user, _blank, command = command.partition(" ")
        command = command.strip()
    # An unescaped % begins the input of the command.
    command = re.split(r"(?<!\\)%", command, maxsplit=1)[0].replace("\\%", "%").strip()[:500]
    made = Line(number, schedule, command, _name(command, host, names), user, time_zone=zone)
    if schedule.lower() == "@reboot":
        made.state, made.why = "skipped", _("It runs when the machine starts, not by the clock.")
        return made
    if not command:
        made.state, made.why = "wrong", _("There is no command.")
        return made
    try:
        made.schedule = timing.checked(schedule)
    except DomainError as error:
        made.state, made.why = "wrong", str(error.message)
    return made


def _name(command: str, host: str, names: set[str]) -> str:
    """What the command is called: its program, or the script that a shell is given."""
    words = [word for word in re.split(r"[\s;|&]+", command) if word and "=" not in word]
    plain = [word for word in words if word.rpartition("/")[2] not in SHELLS and not word.startswith("-")]
    base = (plain or words or ["job"])[0].rpartition("/")[2]
    base = re.sub(r"\.(sh|py|pl|rb|php)$", "", base)[:60] or "job"
    name = f"{host}: {base}" if host else base
    unique, n = name, 2
    while unique in names:
        unique, n = f"{name} {n}", n + 1
    names.add(unique)
    return unique[:200]


SHELLS = {
    "sh", "bash", "dash", "ksh", "zsh", "env", "nice", "ionice", "flock", "timeout", "sudo", "python", "python3", "perl", "php", "cd", "test", "[", "nohup",
}  # fmt: skip


def _compare(line: Line, host: str, known: dict[str, Job]) -> None:
    if line.state != "new":
        return
    job = known.get(line.command)
    if job is None:
        return
    line.job_id, line.name = job.pk, job.item.name
    line.state = "same" if (job.schedule, job.time_zone) == (line.schedule, line.time_zone) else "changed"


def known_of(organisation_id: int, host: str) -> dict[str, Job]:
    """The jobs of a host, by their command."""
    rows = (
        Job.objects.in_use().select_related("item").filter(item__organisation_id=organisation_id, origin=origin(host))
    )
    return {job.command: job for job in rows}


def origin(host: str) -> str:
    """What is written as the system of origin."""
    return f"cron {host}".strip()[:120]


def take(lines: list[Line], wanted: set[int], *, actor, organisation, host: str, stands_on=None) -> dict[str, int]:
    """Register the new ones of these lines, change the times of the known ones; how many of each."""
    from . import services

    done = {"new": 0, "changed": 0}
    for line in lines:
        if line.number not in wanted or line.state not in done:
            continue
        if line.state == "changed":
            services.change_job(line.job_id, actor=actor, schedule=line.schedule, time_zone=line.time_zone)
        else:
            services.register_job(
                actor=actor, name=line.name, organisation=organisation, stands_on=stands_on, schedule=line.schedule, time_zone=line.time_zone,
                command=line.command, origin=origin(host), slug=slugify(line.name)[:80],
            )  # fmt: skip
        done[line.state] += 1
    return done
