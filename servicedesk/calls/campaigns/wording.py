"""What each person is told: the message in their language, with its variables."""

from ...majors import opened
from ...majors import wording as majors
from .models import CallCampaign, CampaignTarget


def variables(campaign: CallCampaign) -> tuple[str, ...]:
    """What can be filled in this campaign's message."""
    if campaign.major_id:
        return (*majors.OF_PERSON, *majors.OF_MAJOR)
    return (*majors.OF_PERSON, *(("service",) if campaign.audience.get("kind") in ("service", "item") else ()))


def facts(campaign: CallCampaign) -> dict | None:
    """The major incident that the message may speak of, read once a run."""
    if campaign.major_id is None:
        return None
    major = campaign.major
    return opened.told_of(major.record, major)


def language_of(language: str) -> str:
    """Which of the two texts a reader of this language is meant to get."""
    return "en" if language.startswith("en") else "fr"


def given(campaign: CallCampaign, language: str) -> str:
    """The language of the text that readers of this one get: their own, or the other when only that is written; empty without any."""
    other = "fr" if language == "en" else "en"
    return next((each for each in (language, other) if getattr(campaign, f"message_{each}")), "")


def message(campaign: CallCampaign, target: CampaignTarget, about: dict | None) -> tuple[str, str]:
    """Subject and text, in the person's language; in the other one rather than nothing."""
    language = language_of(target.language)
    french = language == "fr"
    named = ", ".join(campaign.audience.get("names", []))
    values = {"name": target.name, "first_name": _first(target), "service": named}
    if about is not None:
        values |= majors.values_of(about, language, target.time_zone)
    text = _either(campaign.message_fr, campaign.message_en, french)
    subject = _either(campaign.subject_fr, campaign.subject_en, french) or campaign.name
    return majors.filled(subject, values), majors.filled(text, values)


def _either(fr: str, en: str, french: bool) -> str:
    return (fr or en) if french else (en or fr)


def _first(target: CampaignTarget) -> str:
    return target.person.first_name if target.person_id and target.person else ""
