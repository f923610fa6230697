"""What the class of an item refuses, in the reader's words."""

import jsonschema
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError

from .specs import ClassSpec, classes

LONGEST_TEXT, LONGEST_LIST = 500, 2_000


def validate(code: str, attributes: dict) -> None:
    """DomainError naming the attribute and what to do, in the reader's language."""
    spec = classes.get().get(code)
    if spec is None:
        raise DomainError(_("There is no class “%(code)s”.") % {"code": code}, field="ci_class")
    if spec.abstract:
        text = _("“%(name)s” only groups other classes: choose one of those.")
        raise DomainError(text % {"name": spec.name}, field="ci_class")
    for error in spec.validator.iter_errors(attributes):
        raise DomainError(explain(spec, error), field="attributes")


def refuse_long(code: str, attributes: dict, before: dict) -> None:
    """DomainError for a text that people write and no form would take. What was so already stays."""
    spec = classes.get().get(code)
    for name, value in attributes.items():
        rule = spec.properties.get(name, {}) if spec else {}
        most = LONGEST_LIST if isinstance(value, list) else rule.get("maxLength", LONGEST_TEXT)
        length = (
            sum(len(str(each)) for each in value)
            if isinstance(value, list)
            else len(value)
            if isinstance(value, str)
            else 0
        )
        if length > most and value != before.get(name):
            text = _("“%(name)s” is too long: at most %(limit)s characters.")
            raise DomainError(text % {"name": spec.label(name) if spec else name, "limit": most}, field="attributes")


def check_relation(source: str, kind: str, target: str) -> None:
    """DomainError when the class of the source says to which classes such a relation goes, and this is none of them."""
    known = classes.get()
    allowed = known[source].relations.get(kind) if source in known else None
    if allowed and target in known and not set(known[target].lineage) & set(allowed):
        names = ", ".join(known[code].name for code in allowed if code in known)
        raise DomainError(_("Here this relation only goes to: %(names)s.") % {"names": names}, field="target")


def explain(spec: ClassSpec, error: jsonschema.ValidationError) -> str:
    """The refusal in the reader's words: the library speaks English only."""
    name, limit = spec.label(str(error.path[0])) if error.path else "", error.validator_value
    match error.validator:
        case "required":
            missing = next((n for n in spec.required if n not in error.instance), "")
            return _("“%(name)s” is required.") % {"name": spec.label(missing)}
        case "additionalProperties":
            extra = sorted(set(error.instance) - set(spec.properties))
            return _("This class has no attribute “%(name)s”.") % {"name": ", ".join(extra)}
        case "type":
            return _("“%(name)s” must be %(type)s.") % {"name": name, "type": type_words().get(str(limit), str(limit))}
        case "enum":
            words = ", ".join(spec.word(str(error.path[0]), value) for value in limit)
            return _("“%(name)s” must be one of: %(values)s.") % {"name": name, "values": words}
        case "minimum" | "exclusiveMinimum":
            return _("“%(name)s” is too small: at least %(limit)s.") % {"name": name, "limit": limit}
        case "maximum" | "exclusiveMaximum":
            return _("“%(name)s” is too large: at most %(limit)s.") % {"name": name, "limit": limit}
        case "maxLength":
            return _("“%(name)s” is too long: at most %(limit)s characters.") % {"name": name, "limit": limit}
        case "format" if limit == "date":
            return _("“%(name)s” must be a date such as 2026-12-31.") % {"name": name}
    return _("“%(name)s” does not have the form that its class asks for.") % {"name": name}


def type_words() -> dict[str, str]:
    """Types of JSON Schema in the reader's words."""
    return {
        "string": _("a text"),
        "integer": _("a whole number"),
        "number": _("a number"),
        "boolean": _("yes or no"),
        "array": _("a list"),
        "object": _("a group of values"),
    }
