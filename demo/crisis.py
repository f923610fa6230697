"""What is told in mass: a surge of calls about one service this very quarter of an hour, proposed as a major incident by the
product's own rules; the campaign that told the end of the last one; and one that is still a draft.
"""

from datetime import datetime, timedelta

from django.db import transaction

from itsm.cmdb.models import Service
from itsm.records.models import Record
from itsm.records.numbering import next_number
from servicedesk.calls import ending
from servicedesk.calls.campaigns import audience, clearing
from servicedesk.calls.campaigns import services as campaigns
from servicedesk.calls.campaigns.models import CallCampaign, CampaignAttempt, CampaignState, CampaignTarget
from servicedesk.incidents import services as incidents
from servicedesk.majors import rules, surges
from servicedesk.majors import services as majors
from servicedesk.majors.models import MajorCaller, MajorIncident, MajorState
from servicedesk.models import Call, CallLink, CallQueue

from . import callhistory

M, S = timedelta(minutes=1), timedelta(seconds=1)
SERVICE, TITLE = "finsuite", "FinSuite ne s’ouvre plus, pour tout le service comptable"
# What each caller says, and how many minutes ago; the first opened the incident, the others have theirs under it.
SAID = [
    (13, TITLE), (12, "FinSuite : écran blanc après la connexion"), (11, "Impossible de valider une facture dans FinSuite"),
    (9, "FinSuite : « serveur injoignable »"), (8, "FinSuite bloqué, clôture en cours"), (6, "FinSuite tourne dans le vide"),
    (5, "Plus d’accès à FinSuite depuis le bureau"), (4, "FinSuite ne répond plus"), (2, "FinSuite : session coupée, reconnexion refusée"),
]  # fmt: skip
REFUSED = 3  # of forty, one mailbox is no more
T, A = CampaignTarget.State, CampaignAttempt.Outcome
DRAFT = {
    "name": "Lille : coupure du lien opérateur, samedi", "channels": ["email"], "per_minute": 60,
    "subject_fr": "Coupure du réseau à Lille samedi matin", "subject_en": "Network interruption in Lille on Saturday morning",
    "message_fr": "Bonjour[ {prenom}], le réseau de l’usine de Lille sera coupé samedi de 7 h à 9 h pour le remplacement du lien opérateur. Rien n’est à faire de votre côté.",
    "message_en": "Hello[ {first_name}], the network of the Lille plant will be down on Saturday from 7:00 to 9:00 while the carrier link is replaced. There is nothing for you to do.",
}  # fmt: skip


def build(c, at: datetime) -> None:
    """The surge and its proposal, the campaign of the past major incident, a draft."""
    surge(c, at)
    _told(c)
    campaigns.create(
        actor=c.accounts["lead"],
        organisation=c.orgs["LUMEN"],
        audience=audience.made("site", [c.sites["LIL"]]),
        **DRAFT,
    )


def surge(c, at: datetime) -> None:
    """Nine calls about FinSuite in a quarter of an hour; what else the rules find is one room or one job: somebody has said no."""
    opened = [_opened(c, n, at - ago * M, title) for n, (ago, title) in enumerate(SAID)]
    first, others = opened[0], opened[1:]
    Record.objects.filter(pk__in=[each.pk for each in others]).update(parent_id=first.pk)
    Record.objects.filter(pk=first.pk).update(child_count=len(others))
    surges.sweep(at)
    rules.sweep(at)
    for major in MajorIncident.objects.filter(state=MajorState.PROPOSED).exclude(record=first.pk).order_by("pk"):
        weight = rules.weight(major.record, at)
        majors.decline(
            major.record_id, actor=c.accounts["lead"], reason="Une seule équipe est touchée.", weight=weight, at=at
        )


def _opened(c, n: int, at: datetime, title: str):
    """A caller's incident, and the call in which it was opened."""
    caller, agents = c.users[(13 * n + 5) % len(c.users)], c.agents["N1-CDS"]
    record = incidents.open_incident(
        actor=agents[n % len(agents)], requester=caller, title=title, category=c.categories["app-finance"], channel="phone", urgency=2, impact=2,
        service=Service.objects.get(pk=c.services[SERVICE]), at=at, quiet=True,
    )  # fmt: skip
    call = Call(
        number=next_number("CAL"), organisation=c.orgs["LUMEN"], call_id=callhistory.PLAYED, to_number=callhistory.DIALLED, from_number=caller.phone,
        caller=caller, caller_certain=True, site=caller.site, vip=caller.vip, service_id=c.services[SERVICE], queue=CallQueue.objects.get(code="N1"),
        state="closed", started_at=at - 70 * S, queued_at=at - 55 * S, answered_at=at - 40 * S, ended_at=at + 20 * S, wrapped_at=at + 40 * S,
        cause="normalClearing",
    )  # fmt: skip
    ending.derive(call)
    call.save(force_insert=True)
    CallLink.objects.create(call=call, record_id=record.pk, how="created", at=at)
    return record


@transaction.atomic
def _told(c) -> None:
    """The all-clear of the past major incident, launched as it is launched, and over before anything is sent: it is history."""
    major = MajorIncident.objects.filter(state=MajorState.OVER).select_related("record__organisation").first()
    if major is None:
        return
    MajorCaller.objects.filter(major=major).update(told_at=None)
    at = major.all_clear_at
    campaign = clearing.launch(major, actor=c.accounts["lead"], at=at)
    if campaign is None:
        return
    rows = list(CampaignTarget.objects.filter(campaign=campaign, state=T.WAITING).order_by("pk"))
    attempts, failed = [], set()
    for n, row in enumerate(rows):
        row.done_at, row.next_at, row.tries = at + n * S / 2 + 30 * S, None, 1
        row.state, row.why = (T.FAILED, "refused") if n % 40 == REFUSED else (T.REACHED, "")
        good = row.state == T.REACHED
        failed |= set() if good else {row.caller_id}
        attempts.append(
            CampaignAttempt(
                target=row, channel=campaign.channels[0], number=1, key=f"demo-{row.pk}", at=row.done_at - S, done_at=row.done_at,
                outcome=A.GOOD if good else A.BAD, detail="" if good else "550 5.1.1 Mailbox unavailable",
            )
        )  # fmt: skip
    CampaignTarget.objects.bulk_update(rows, ["done_at", "next_at", "tries", "state", "why"], batch_size=500)
    CampaignAttempt.objects.bulk_create(attempts, batch_size=500)
    ended = max((row.done_at for row in rows), default=at)
    CallCampaign.objects.filter(pk=campaign.pk).update(state=CampaignState.FINISHED, ended_at=ended, next_slot_at=None)
    callers = MajorCaller.objects.filter(major=major)
    callers.exclude(pk__in=failed).update(told_at=ended, outcome="told")
    callers.filter(pk__in=failed).update(outcome="failed")
