"""What an incident does when time runs out, and what time alone does to it: steps, wake-ups, automatic closing."""

import logging
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.escalation.rules import Step
from itsm.records import moves

from . import services
from .escalating import next_team_for
from .models import Incident

logger = logging.getLogger(__name__)


def take_step(step: Step) -> None:
    """75 %: the assignee is warned. 100 %: the leader is alerted. 150 %: the next team takes over (or the manager is told)."""
    incident = Incident.objects.only(
        "number", "kind", "language", "category", "team", "level", "assignee", "state"
    ).get(pk=step.record_id)
    with override(incident.language):
        if step.percent < 100:
            _warn(incident, step)
        elif step.percent == 100 or step.metric == "own":
            services.alert(incident.pk, actor=None, reason=_reason(step), step=step.percent)
        else:
            _escalate(incident, step)


def _warn(incident: Incident, step: Step) -> None:
    with moves.apply(Incident, incident.pk, "alert", actor=None) as change:
        change.note(metric=step.metric, step=step.percent)
        change.topic = "record.warned"
        change.verb = "warned"


def _escalate(incident: Incident, step: Step) -> None:
    if next_team_for(incident) is None:
        services.alert(
            incident.pk, actor=None, reason=_("Overdue, and no team is known above this one."), step=step.percent
        )
        return
    services.escalate(incident.pk, actor=None, reason=_reason(step), step=step.percent)


def _reason(step: Step) -> str:
    if step.metric == "own":
        return _("Nobody has taken charge in time (%(percent)s %% of the target).") % {"percent": step.percent}
    return _("%(percent)s %% of the resolution target is used.") % {"percent": step.percent}


def wake(pk: int) -> bool:
    """Resume a held incident whose date has come. False when somebody was faster."""
    try:
        with moves.apply(Incident, pk, "resume", actor=None) as change:
            if change.record.hold_until is None or change.record.hold_until > change.at:
                raise DomainError("not due")
            change.set(woken_at=change.at)
            change.note(automatic=True)
    except (DomainError, Incident.DoesNotExist):
        return False
    return True


def close_resolved(limit: int = 500) -> int:
    """Close what was resolved `AUTO_CLOSE_DAYS` ago, counted from the resolution. A major incident never closes by itself."""
    before = now() - timedelta(days=settings.AUTO_CLOSE_DAYS)
    due = Incident.objects.filter(phase="resolved", major=False, resolved_at__lte=before).order_by("resolved_at", "pk")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            with moves.apply(Incident, pk, "close", actor=None) as change:
                if change.record.resolved_at > before:
                    raise DomainError("not due")
                change.note(automatic=True)
            done += 1
        except DomainError:
            logger.info("Incident %s was reopened or closed in the meantime.", pk)
        except Exception:  # one that cannot be closed must not keep the others open
            logger.exception("Incident %s could not be closed.", pk)
    return done
