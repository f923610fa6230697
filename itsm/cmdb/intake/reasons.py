"""Why a row did not come in: kept as a code with its values, said in the language of whoever reads it."""

from django.utils.translation import gettext_lazy as _

from ..classes import classes
from ..validating import explain

REASONS = {
    "several_meant": _("Several items could be meant."),
    "retired_but_seen": _("“%(name)s” is retired here, and the source still sees it."),
    "namesake": _("“%(name)s” has this name and other keys: is it the same thing?"),
    "foreign_item": _("Its keys belong to an item that may not be changed from here."),
    "foreign_organisation": _("Nothing may be written to this organisation from here."),
    "no_adding": _("This source may not add items."),
    "no_name": _("A name is needed."),
    "key_taken": _("The key “%(key)s” is that of an item of another class."),
    "class_missing": _("It is not said of which class it is."),
    "no_class": _("There is no class “%(code)s” that items can have."),
    "no_organisation": _("There is no organisation with the code or the name “%(text)s”."),
    "no_site": _("There is no site with the code or the name “%(text)s”."),
    "no_support_team": _("There is no team with the code or the name “%(text)s”."),
    "no_person": _("There is nobody with the login or the name “%(text)s”."),
    "several_organisation": _("Several organisations are called “%(text)s”: write the code."),
    "several_site": _("Several sites are called “%(text)s”: write the code."),
    "several_support_team": _("Several teams are called “%(text)s”: write the code."),
    "several_person": _("Several people are called “%(text)s”: write the login."),
    "no_reference": _("“%(name)s”: no item has the key “%(text)s”."),
    "criticality": _("Criticality goes from 1 to 4."),
    "too_long": _("“%(text)s…” is too long: at most %(limit)s characters."),
    "no_status": _("There is no such status."),
    "no_date": _("“%(text)s” is not a date such as 2026-12-31."),
    "no_value": _("“%(value)s” is no value for “%(name)s”."),
    "one_value": _("“%(field)s” takes one value."),
    "not_understood": _("There is something in it that cannot be understood."),
    "twice": _("Row %(number)s speaks of the same thing."),
    "not_kept": _("There is a value in it that cannot be kept."),
    "no_table": _("Nothing here takes “%(kind)s”."),
    "invalid": _("Its class does not take these values."),
}


class Reason(str):
    """The reason in the language of the moment, which remembers how to be said in another."""

    code: str
    values: dict

    def __new__(cls, code: str, **values):
        """`values` are those of the sentence; an attribute is named by `ci_class` and `attribute`."""
        made = super().__new__(cls, said(code, values))
        made.code, made.values = code, values
        return made


class Refused(Exception):
    """Why a candidate cannot come in."""

    def __init__(self, code: str, **values):
        self.reason = Reason(code, **values)
        super().__init__(self.reason)


def kept(reason: str) -> dict:
    """What a row keeps of a reason beside its words."""
    return {"code": reason.code, "values": reason.values} if isinstance(reason, Reason) else {}


def shown(why: dict, reason: str) -> str:
    """Why, in the reader's language; rows of before, and what other parts said, keep their words."""
    code = why.get("code", "")
    return said(code, why.get("values", {}), reason) if code in REASONS else reason


def said(code: str, values: dict, otherwise: str = "") -> str:
    """One reason in words; `otherwise` where it can no longer be found out."""
    spec = classes.get().get(values.get("ci_class", ""))
    if code == "invalid":
        error = next(spec.validator.iter_errors(values["attributes"]), None) if spec else None
        return explain(spec, error) if spec and error else otherwise or str(REASONS[code])
    if "attribute" in values:
        values = values | {"name": spec.label(values["attribute"]) if spec else values["attribute"]}
    return str(REASONS[code]) % values
