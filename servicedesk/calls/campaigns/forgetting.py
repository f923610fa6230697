"""Pasted lists of campaigns lose the lines of somebody who is erased, whatever became of the campaign."""

from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower

from itsm.people.models import User

from .. import numbers
from .models import CallCampaign


def forget(person: User | None, known: set[str]) -> int:
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
