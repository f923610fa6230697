"""Organisations and sites that a delivery speaks of: added below the organisation that its source writes to, never renamed by it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.errors import DomainError
from itsm.people import services as people
from itsm.people.directory import directory
from itsm.people.models import Organisation, Site
from itsm.people.scope import scope_of

from .candidates import Candidate
from .deciding import D
from .kinds import Delivery, Table, table


def _may_add(delivery: Delivery) -> str:
    """Why the delivery may add no places, or nothing."""
    if delivery.actor is not None and not scope_of(delivery.actor).may("imports.run"):
        return _("Your role may not add organisations and sites.")
    if delivery.source.organisation is None:
        return _("Choose an organisation for this source: what it brings goes below it.")
    return ""


def _may(organisation: Organisation | None, delivery: Delivery) -> bool:
    return delivery.within is None or (organisation is not None and organisation.pk in delivery.within)


def _misnamed(candidate: Candidate, model) -> str:
    """Why its code and name can be none, or nothing."""
    for field in ("code", "name"):
        text, most = candidate.values.get(field), model._meta.get_field(field).max_length
        if not isinstance(text, str) or not text.strip():
            return _("It has no code.") if field == "code" else _("A name is needed.")
        if len(text) > most:
            said = {"text": text[:30], "limit": most}
            return _("“%(text)s…” is too long: at most %(limit)s characters.") % said
    return ""


def look_organisation(candidate: Candidate, delivery: Delivery) -> tuple[str, str, dict]:
    """There already by its code, or to be added below the source's organisation."""
    wrong = _misnamed(candidate, Organisation)
    if wrong:
        return (D.REJECT, wrong, {})
    found = Organisation.objects.filter(code=candidate.values["code"]).first()
    if found:
        return (D.SAME, "", {}) if _may(found, delivery) else (D.REJECT, _("Another organisation has this code."), {})
    why = _may_add(delivery)
    return (D.REJECT, why, {}) if why else (D.CREATE, "", {"name": [None, candidate.values["name"]]})


def write_organisation(candidate: Candidate, delivery: Delivery) -> bool:
    values = candidate.values
    people.create_organisation(
        actor=delivery.actor,
        parent=delivery.source.organisation,
        code=values["code"],
        name=values["name"],
        kind="customer",
    )
    directory.forget()
    return True


def look_site(candidate: Candidate, delivery: Delivery) -> tuple[str, str, dict]:
    """There already by its code, or to be added."""
    wrong = _misnamed(candidate, Site)
    if wrong:
        return (D.REJECT, wrong, {})
    found = Site.objects.select_related("organisation").filter(code=candidate.values["code"]).first()
    if found:
        fits = _may(found.organisation, delivery)
        return (D.SAME, "", {}) if fits else (D.REJECT, _("Another organisation has a site with this code."), {})
    why = _may_add(delivery)
    code = candidate.values.get("organisation")
    owner = Organisation.objects.filter(code=code).first() if code else None
    if owner and not _may(owner, delivery):
        why = _("Nothing may be written to this organisation from here.")
    return (D.REJECT, why, {}) if why else (D.CREATE, "", {"name": [None, candidate.values["name"]]})


def write_site(candidate: Candidate, delivery: Delivery) -> bool:
    values = candidate.values
    code, above = values.get("organisation"), values.get("parent")
    owner = Organisation.objects.filter(code=code).first() if code else delivery.source.organisation
    parent = Site.objects.select_related("organisation").filter(code=above).first() if above else None
    if parent and not _may(parent.organisation, delivery):
        parent = None
    if owner is None or (above and parent is None):
        raise DomainError(_("What it belongs to did not come in."))
    people.create_site(
        actor=delivery.actor, parent=parent, code=values["code"], name=values["name"], organisation=owner,
        address=values.get("address", ""),
    )  # fmt: skip
    directory.forget()
    return True


table(Table("organisation", gettext_lazy("Organisation"), look_organisation, write_organisation, order=1))
table(Table("site", gettext_lazy("Site"), look_site, write_site, order=2))
