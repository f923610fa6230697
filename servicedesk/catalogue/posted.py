"""What a page sent: answers by question, and its files, checked."""

from itsm.core.errors import DomainError
from itsm.records import attachments

from .drawing import PREFIX
from .form.shape import Form


def answers_of(post, form: Form) -> dict[str, object]:
    """{question: what was typed or chosen}; questions that were not sent have no answer."""
    return {each.key: post.getlist(PREFIX + each.key) for each in form if each.type != "file"}


def files_of(files, form: Form, kept: dict[str, list] | None = None) -> tuple[dict[str, list], dict[str, str]]:
    """Checked files by question, and what is wrong with them. `kept`: those that a line of the basket holds already."""
    found: dict[str, list] = {}
    errors: dict[str, str] = {}
    for each in form:
        sent = files.getlist(PREFIX + each.key) if each.type == "file" else []
        if not sent:
            if kept and kept.get(each.key):
                found[each.key] = kept[each.key]
            continue
        try:
            found[each.key] = attachments.clean(sent)
        except DomainError as error:
            errors[each.key] = str(error)
    return found, errors
