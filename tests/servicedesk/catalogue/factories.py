"""Items of a catalogue for tests, made by its own services."""

from servicedesk.catalogue import editing
from servicedesk.catalogue.models import CatalogueCategory, CatalogueItem


def two(text: str) -> dict:
    return {"fr": text, "en": text}


def field(key: str, type: str = "text", **more) -> dict:
    return {"key": key, "type": type, "label": two(key.capitalize())} | more


def choices(*values: str) -> list[dict]:
    return [{"value": value, "label": two(value.capitalize())} for value in values]


def when(name: str, value, op: str = "equals") -> dict:
    return {"all": [{"field": name, "is": op, "value": value}]}


def make_shelf(key: str = "hardware", **values) -> CatalogueCategory:
    return editing.save_shelf(None, actor=None, key=key, **({"name_fr": f"{key} fr", "name_en": f"{key} en"} | values))


def make_item(
    key: str, fields=(), *, approval=None, plan=None, publish: bool = True, subject: str = "", **values
) -> CatalogueItem:
    """A published item; its names are the key unless given."""
    shelf = values.pop("shelf", None) or CatalogueCategory.objects.first() or make_shelf()
    names = {"name_fr": f"{key} (fr)", "name_en": f"{key} (en)"}
    made = editing.save_item(None, actor=None, key=key, shelf=shelf, **(names | values))
    form = {"fields": list(fields)} | ({"subject": subject} if subject else {})
    editing.save_draft(made, actor=None, form=form, approval=approval or {}, plan=plan or {})
    if publish:
        editing.publish(made, actor=None)
    made.refresh_from_db()
    return made


LAPTOP = [
    field("kind", "choice", required=True, choices=choices("laptop", "phone")),
    field("size", "number", required=True, min=13, max=17, shown_if=when("kind", "laptop")),
    field("why", "long"),
]
