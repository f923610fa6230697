"""Keeping the catalogue: the list, shelves, items; publishing and taking out."""

from django.contrib import messages
from django.db.models import Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError, StaleVersion

from .. import difference, editing
from ..models import CatalogueCategory, CatalogueItem
from ..queryset import published
from . import steps
from .forms import ItemForm, ShelfForm
from .guard import keepers_only

PAGE = "servicedesk/catalogue/editor/"


@keepers_only
@require_GET
def listed(request):
    """Every item, by shelf: what is published, what is a draft, what was taken out."""
    rows = CatalogueItem.objects.kept_by(request.user).annotate(
        running=Max("versions__number", filter=Q(versions__published_at__isnull=False)), last=Max("versions__number")
    )
    items = list(rows.select_related("team").order_by("position", "id"))
    shelves = [
        {"shelf": shelf, "items": [item for item in items if item.shelf_id == shelf.pk]}
        for shelf in CatalogueCategory.objects.all()
    ]
    return render(request, PAGE + "list.html", {"shelves": shelves})


@keepers_only
@require_http_methods(["GET", "POST"])
def shelf(request, key=None):
    """A new shelf, or one that is there."""
    row = get_object_or_404(CatalogueCategory, key=key) if key else None
    first = {} if row else {"position": editing.next_position(CatalogueCategory.objects.all())}
    form = ShelfForm(request.POST or None, instance=row, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            old = get_object_or_404(CatalogueCategory, key=key) if key else None
            try:
                editing.save_shelf(old, actor=request.user, **form.cleaned_data)
            except DomainError as error:
                form.add_error(error.field, str(error))
            else:
                messages.success(request, _("The shelf is saved."))
                return redirect("catalogue:list")
    return render(request, PAGE + "shelf.html", {"form": form, "shelf": row}, status=status)


@keepers_only
@require_http_methods(["GET", "POST"])
def new(request):
    """A new item: a draft until its first version is published."""
    first = {"position": editing.next_position(CatalogueItem.objects.all()), "shelf": request.GET.get("shelf", "")[:18]}
    return _item(request, None, first)


@keepers_only
@require_http_methods(["GET", "POST"])
def item(request, key):
    """What is said about an item: at once for everybody, without a version."""
    return _item(request, _row(request, key), {})


def _item(request, row: CatalogueItem | None, first: dict):
    form = ItemForm(request.POST or None, request.FILES or None, instance=row, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = editing.save_item(
                    row, actor=request.user, picture=form.cleaned_data.get("picture") if request.FILES else None,
                    no_picture=form.cleaned_data.get("no_picture", False), **form.values(),
                )  # fmt: skip
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, _("The item “%(name)s” is saved.") % {"name": made.name})
                return redirect("catalogue:item" if row else "catalogue:form", key=made.key)
    context = {"form": form, "item": row}
    if row:
        # The form has written into its instance: the head and the tabs speak of what is kept.
        kept = CatalogueItem.objects.get(pk=row.pk)
        context |= steps.standing(kept, editing.draft_of(kept)) | {"tabs": steps.tabs(kept, "")}
    return render(request, PAGE + "item.html", context, status=status)


@keepers_only
@require_GET
def versions(request, key):
    """Every version, newest first, and what the draft changes."""
    row = _row(request, key)
    draft = editing.draft_of(row)
    rows = list(row.versions.select_related("published_by").order_by("-number")[:100])
    context = steps.standing(row, draft) | {
        "tabs": steps.tabs(row, "versions/"), "versions": rows,
        "lines": difference.differences(published(row), draft) if draft.pk else [],
    }  # fmt: skip
    return render(request, PAGE + "versions.html", context)


@keepers_only
@require_GET
def version(request, key, number):
    """What one version changed."""
    row = _row(request, key)
    one = get_object_or_404(row.versions, number=number)
    before = row.versions.filter(number__lt=number).order_by("-number").first()
    context = steps.standing(row, editing.draft_of(row)) | {
        "tabs": steps.tabs(row, "versions/"), "version": one, "before": before, "lines": difference.differences(before, one),
    }  # fmt: skip
    return render(request, PAGE + "version.html", context)


@keepers_only
@require_POST
def act(request, key, name):
    """Publish, throw the draft away, take out, put back."""
    row = _row(request, key)
    try:
        said = _act(request, row, name)
    except StaleVersion as error:
        messages.error(request, str(error))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("catalogue:versions", key=row.key)


def _act(request, row: CatalogueItem, name: str) -> str:
    if name == "publish":
        made = editing.publish(row, actor=request.user, note=request.POST.get("note", "").strip()[:300], seen=request.POST.get("seen", ""))  # fmt: skip
        return _("Version %(n)s is published.") % {"n": made.number}
    if name == "discard":
        editing.discard(row, actor=request.user)
        return _("The draft is gone; what is published stays.")
    if name == "retire":
        editing.retire(row, actor=request.user)
        return _("“%(name)s” is out of the catalogue.") % {"name": row.name}
    editing.offer_again(row, actor=request.user)
    return _("“%(name)s” is back in the catalogue.") % {"name": row.name}


def _row(request, key: str) -> CatalogueItem:
    return get_object_or_404(CatalogueItem.objects.kept_by(request.user).select_related("shelf"), key=key)
