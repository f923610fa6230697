"""The approval rule and the fulfilment plan of an item, each a list of forms."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itsm.core.errors import DomainError

from .. import editing
from ..form.reading import parse
from ..models import CatalogueItem
from . import stageform, steps, taskform
from .guard import keepers_only
from .stageform import StageForm
from .taskform import TaskForm

PAGE = "servicedesk/catalogue/editor/"
PARTS = {
    "approval": ("stages", StageForm, stageform.initial, 10),
    "plan": ("tasks", TaskForm, taskform.initial, 50),
}  # fmt: skip


@keepers_only
@require_http_methods(["GET", "POST"])
def approval(request, key):
    """The stages of approval: who is asked, how many must agree, by when."""
    return _edit(request, key, "approval")


@keepers_only
@require_http_methods(["GET", "POST"])
def plan(request, key):
    """The tasks: who does what, after what, by when."""
    return _edit(request, key, "plan")


def _edit(request, key: str, part: str):
    row = get_object_or_404(CatalogueItem.objects.kept_by(request.user).select_related("shelf"), key=key)
    draft = editing.draft_of(row)
    name, one, initial, most = PARTS[part]
    kept = getattr(draft, part).get(name, [])
    many = forms.formset_factory(one, extra=1, can_delete=True, can_order=True, max_num=most, absolute_max=most + 1)
    found = many(
        request.POST or None,
        initial=[initial(each) for each in kept],
        form_kwargs={"form": parse(draft.form)},
        prefix="r",
    )
    wrong, status = "", 200
    if request.method == "POST":
        status = 422
        if found.is_valid():
            rows = _rows(found, kept)
            try:
                editing.save_draft(row, actor=request.user, seen=request.POST.get("seen", ""), **{part: {name: rows} if rows else {}})  # fmt: skip
            except DomainError as error:
                wrong = str(error)
            else:
                messages.success(request, _("This is saved in the draft."))
                return redirect(f"catalogue:{part}", key=row.key)
    context = steps.standing(row, draft) | {
        "tabs": steps.tabs(row, f"{part}/"), "forms": found, "wrong": wrong, "part": part, "kept": len(kept),
        "questions": [{"key": each.key, "name": each.said} for each in parse(draft.form)],
    }  # fmt: skip
    context["seen"] = request.POST.get("seen") or context["seen"]
    return render(request, PAGE + f"{part}.html", context, status=status)


def _rows(found, kept: list[dict]) -> list[dict]:
    """What was filled in, in the order that was said; a form without anything is no row."""
    rows = []
    for place, each in enumerate(found.forms):
        if (place >= len(kept) and not each.has_changed()) or each.cleaned_data.get("DELETE"):
            continue
        order = each.cleaned_data.get("ORDER")
        rows.append(
            (order if order is not None else place + 1, place, each.to_json(kept[place] if place < len(kept) else {}))
        )
    return [row for _order, _place, row in sorted(rows, key=lambda row: row[:2])]
