"""What campaigns keep of people: forgotten in time, and at once when somebody is erased."""

from datetime import datetime

from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower

from itsm.people.models import User

from .. import numbers
from ..privacy import batches
from .models import CallCampaign, CampaignTarget

NOTHING = {"name": "", "number": "", "mobile": "", "email": ""}


def forget(before: datetime) -> int:
    """Whom old campaigns have contacted; how many rows."""
    told = ~Q(name="") | ~Q(number="") | ~Q(mobile="") | ~Q(email="")
    done = sum(
        CampaignTarget.objects.filter(pk__in=pks).update(**NOTHING)
        for pks in batches(CampaignTarget.objects.filter(told, done_at__lt=before))
    )
    pasted = CallCampaign.objects.filter(ended_at__lt=before, audience__kind="list").exclude(audience__text="")
    return done + pasted.update(audience={"kind": "list", "text": ""})


def erase(person: User | None, known: set[str]) -> None:
    """One person, or these numbers: what is under way keeps them until it is done."""
    erase_lines(person, known)
    who = Q(person=person) if person is not None else Q(pk=None)
    theirs = Q(number__in=known) | Q(mobile__in=known)
    CampaignTarget.objects.filter(theirs | who, done_at__isnull=False).update(**NOTHING)


def erase_lines(person: User | None, known: set[str]) -> int:
    """Take the lines of a person, or of these numbers (E.164), out of every pasted list; how many lists were changed.

    Who is contacted by a campaign that runs is written down by person: its list is needed no more.
    """
    words = {word.lower() for word in (person.username, person.email) if word} if person else set()
    rows = CallCampaign.objects.alias(_text=Lower(KeyTextTransform("text", "audience"))).filter(audience__kind="list")
    done = 0
    for campaign in rows.filter(_holds(words, known)).select_for_update(no_key=True).order_by("pk"):
        lines = campaign.audience.get("text", "").splitlines()
        kept = [line for line in lines if not _is_theirs(line, words, known, campaign.organisation_id)]
        if len(kept) < len(lines):
            campaign.audience = campaign.audience | {"text": "\n".join(kept)}
            campaign.save(update_fields=["audience"])
            done += 1
    return done


def _holds(words: set[str], known: set[str]) -> Q:
    """Lists that may name them: by a word, or by any number, for numbers are written in many ways."""
    found = Q(_text__regex=r"[0-9]") if known else Q(pk=None)
    for word in words:
        found |= Q(_text__contains=word)
    return found


def _is_theirs(line: str, words: set[str], known: set[str], organisation_id: int) -> bool:
    what = line.replace(";", ",").partition(",")[0].strip()
    return what.lower() in words or numbers.clean(what, organisation_id=organisation_id) in known
