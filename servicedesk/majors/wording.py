"""Texts with variables, in French and English: `{service} is down since {since}[, expected back at {expected}].`

What stands in square brackets is left out while one of its variables is empty. French names of the variables count too.
"""

import re
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.core import durations, now
from itsm.core.errors import DomainError

VARIABLE, OPTION = re.compile(r"\{([^{}]*)\}"), re.compile(r"\[([^\[\]]*)\]")
SAME = {
    "depuis": "since", "retour": "expected", "numero": "number", "titre": "title", "prenom": "first_name", "nom": "name",
    "maintenant": "now", "organisation": "organisation",
}  # fmt: skip
OF_MAJOR = ("service", "since", "expected", "number", "title")
OF_PERSON = ("first_name", "name")

SCRIPTS = {
    "fr": "Bonjour, {service} ne fonctionne pas depuis {depuis}. Nos équipes travaillent au rétablissement[, estimé à {retour}]. Vous recevrez un message dès le retour à la normale. Est-ce bien le motif de votre appel ?",
    "en": "Hello, {service} has not been working since {since}. Our teams are working on it[; it is expected back at {expected}]. You will get a message as soon as it works again. Is this why you are calling?",
}
PUBLICS = {
    "fr": "{service} ne fonctionne pas depuis {depuis}. Nos équipes travaillent au rétablissement[, estimé à {retour}].",
    "en": "{service} has not been working since {since}. Our teams are working on it[; it is expected back at {expected}].",
}
CLEARS = {
    "fr": "Bonjour[ {prenom}], {service} fonctionne de nouveau. Merci de votre patience. Si quelque chose ne va toujours pas, rappelez le centre de services en citant {numero}.",
    "en": "Hello[ {first_name}], {service} works again. Thank you for your patience. If something is still wrong, call the service desk and mention {number}.",
}
CLEAR_SUBJECTS = {"fr": "{service} fonctionne de nouveau", "en": "{service} works again"}
# The same without a service: a title is a sentence of its own, that no verb follows.
UNNAMED = {
    "script": {
        "fr": "Bonjour, un incident est en cours depuis {depuis} : {titre}. Nos équipes travaillent au rétablissement[, estimé à {retour}]. Vous recevrez un message dès le retour à la normale. Est-ce bien le motif de votre appel ?",
        "en": "Hello, we have an incident since {since}: {title}. Our teams are working on it[; all should be well at {expected}]. You will get a message as soon as it is over. Is this why you are calling?",
    },
    "public": {
        "fr": "{titre} (depuis {depuis}). Nos équipes travaillent au rétablissement[, estimé à {retour}].",
        "en": "{title} (since {since}). Our teams are working on it[; all should be well at {expected}].",
    },
    "clear": {
        "fr": "Bonjour[ {prenom}], l’incident « {titre} » est terminé. Merci de votre patience. Si quelque chose ne va toujours pas, rappelez le centre de services en citant {numero}.",
        "en": "Hello[ {first_name}], the incident “{title}” is over. Thank you for your patience. If something is still wrong, call the service desk and mention {number}.",
    },
    "subject": {"fr": "Incident terminé : {titre}", "en": "Incident over: {title}"},
}
NAMED = {"script": SCRIPTS, "public": PUBLICS, "clear": CLEARS, "subject": CLEAR_SUBJECTS}


def usual(what: str, *, named: bool) -> dict[str, str]:
    """The text in both languages that stands while nobody wrote any. `named`: a service is known."""
    return (NAMED if named else UNNAMED)[what]


def check(text: str, field: str, known: Iterable[str] = OF_MAJOR) -> str:
    """The text as it is kept; DomainError for a variable that nothing fills."""
    text, known = text.replace("\x00", "").strip(), tuple(known)
    unknown = [name for name in VARIABLE.findall(text) if _canonical(name) not in known]
    if unknown:
        raise DomainError(
            _("Nothing fills {%(name)s}. The variables are: %(known)s.")
            % {"name": unknown[0], "known": ", ".join("{" + _as_said(each, field) + "}" for each in known)},
            field=field,
        )
    return text


def _as_said(name: str, field: str) -> str:
    """The variable as the language of the text calls it."""
    french = {english: said for said, english in SAME.items()}
    return french.get(name, name) if field.endswith("_fr") else name


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables, without the options that lack one."""

    def option(found: re.Match) -> str:
        names = [_canonical(name) for name in VARIABLE.findall(found[1])]
        return found[1] if all(values.get(name) for name in names) else ""

    kept = OPTION.sub(option, text)
    return VARIABLE.sub(lambda found: values.get(_canonical(found[1]), "") or "…", kept)


def _canonical(name: str) -> str:
    name = name.strip().lower()
    return SAME.get(name, name)


def values_of(record: Mapping, language: str, zone: str = "") -> dict[str, str]:
    """What the variables of a major incident stand for, said in a language and a time zone. `record`: see `opened.facts`."""
    with override(language), timezone.override(ZoneInfo(zone) if zone else timezone.get_default_timezone()):
        at = now()
        return {
            "service": record["service"] or record["title"], "title": record["title"], "number": record["number"],
            "since": durations.moment(record["opened_at"], at), "expected": durations.moment(record["expected_at"], at),
        }  # fmt: skip
