"""The form of an item: its list of questions, one question, the whole as JSON, and a live preview."""

import json

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError

from .. import editing, posted
from ..drawing import questions
from ..form import conditions
from ..form.presenting import lines
from ..form.reading import SUBJECTS, parse
from ..form.settling import settle
from ..form.shape import TYPES, Form
from ..lookups import Lookups, names
from ..models import CatalogueItem
from ..prefill import first_answers
from . import steps
from .fieldform import FieldForm
from .guard import keepers_only

PAGE = "servicedesk/catalogue/editor/"
LONGEST = 200_000


@keepers_only
@require_http_methods(["GET", "POST"])
def form(request, key):
    """The questions in their order; posted, the whole form as JSON."""
    row = _row(request, key)
    draft = editing.draft_of(row)
    wrong, text, status = "", "", 200
    if request.method == "POST":
        text = request.POST.get("json", "")[:LONGEST]
        try:
            editing.save_draft(row, actor=request.user, form=json.loads(text), seen=request.POST.get("seen", ""))
        except ValueError:
            wrong, status = _("This is no JSON."), 422
        except DomainError as error:
            wrong, status = str(error), 422
        else:
            messages.success(request, _("The form is saved in the draft."))
            return redirect("catalogue:form", key=row.key)
    found = parse(draft.form)
    context = steps.standing(row, draft) | {
        "tabs": steps.tabs(row, "form/"), "rows": _rows(found), "types": TYPES.items(), "wrong": wrong,
        "json": text or json.dumps(draft.form, ensure_ascii=False, indent=2), "subject": found.subject,
        "subjects": [each for each in found if each.type in SUBJECTS],
    }  # fmt: skip
    return render(request, PAGE + "form.html", context, status=status)


def _rows(found: Form) -> list[dict]:
    return [
        {
            "field": each, "type": TYPES[each.type], "first": n == 0, "last": n == len(found.fields) - 1,
            "shown": conditions.words(each.shown_if, found) if each.shown_if else "",
            "needed": conditions.words(each.required_if, found) if each.required_if else "",
        }
        for n, each in enumerate(found)
    ]  # fmt: skip


@keepers_only
@require_http_methods(["GET", "POST"])
def question(request, key, question=None):
    """One question: a new one, or one that is there."""
    row = _row(request, key)
    draft = editing.draft_of(row)
    found = parse(draft.form)
    asked = found.get(question) if question else None
    if question and asked is None:
        raise Http404
    kind = request.GET.get("type", "text")
    one = FieldForm(request.POST or None, form=found, field=asked, kind=kind if kind in TYPES else "text")
    status = 200
    if request.method == "POST":
        status = 422
        if one.is_valid():
            try:
                editing.save_draft(row, actor=request.user, form=one.whole, seen=request.POST.get("seen", ""))
            except DomainError as error:
                one.add_error(None, str(error))
            else:
                messages.success(request, _("The question is saved in the draft."))
                return redirect("catalogue:form", key=row.key)
    context = steps.standing(row, draft) | {"tabs": steps.tabs(row, "form/"), "form": one, "question": asked}
    context["seen"] = request.POST.get("seen") or context["seen"]
    return render(request, PAGE + "question.html", context, status=status)


@keepers_only
@require_POST
def arrange(request, key):
    """Move a question up or down, take it out, or say whose answer stands in the title."""
    row = _row(request, key)
    data = dict(editing.draft_of(row).form)
    rows, name = list(data.get("fields", [])), request.POST.get("question", "")
    place = next((n for n, each in enumerate(rows) if each["key"] == name), None)
    act = request.POST.get("act", "")
    if act == "subject":
        data["subject"] = request.POST.get("subject", "")[:40]
    elif place is None:
        raise Http404
    elif act == "drop":
        del rows[place]
        if data.get("subject") == name:
            data["subject"] = ""
    else:
        to = max(0, min(len(rows) - 1, place + (-1 if act == "up" else 1)))
        rows.insert(to, rows.pop(place))
    try:
        editing.save_draft(row, actor=request.user, form=data | {"fields": rows})
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(f"/settings/catalogue/{row.key}/form/" + (f"#q-{name}" if act in ("up", "down") else ""))


@keepers_only
@require_http_methods(["GET", "POST"])
def preview(request, key):
    """The draft's form as a requester meets it; sent, it says what the server would keep. Nothing is ordered."""
    row = _row(request, key)
    draft = editing.draft_of(row)
    found, person = parse(draft.form), request.user
    lookups, today = Lookups(person, person), timezone.localdate(now())
    settled, status = None, 200
    if request.method == "POST":
        given = posted.answers_of(request.POST, found)
        given |= {
            each.key: [f.name for f in request.FILES.getlist(f"q_{each.key}")] for each in found if each.type == "file"
        }
        settled = settle(found, given, today=today, finder=lookups)
        values, status = given, 422 if settled.errors else 200
    else:
        values = first_answers(found, orderer=person, requester=person, lookups=lookups, today=today)
    asked = questions(
        found, values, lookups=lookups, today=today, errors=settled.errors if settled else None,
        at=f"/portal/catalogue/{row.key}/",
    )  # fmt: skip
    for each in asked:
        each.draft = ""
    context = steps.standing(row, draft) | {
        "tabs": steps.tabs(row, "preview/"), "questions": asked, "settled": settled,
        "kept": lines(found, settled.answers, names) if settled else [],
    }  # fmt: skip
    return render(request, PAGE + "preview.html", context, status=status)


def _row(request, key: str) -> CatalogueItem:
    return get_object_or_404(CatalogueItem.objects.kept_by(request.user).select_related("shelf"), key=key)
