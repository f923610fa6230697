"""Pages of saved views and columns: save, rename, share, order, delete, begin with. For who may open the list at all."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from itsm.core.errors import DomainError
from itsm.people.scope import scope_of

from . import saved
from .errors import not_understood
from .models import SavedView
from .places import PLACES, Place
from .saveforms import ViewForm

MOST_LISTED = 200


@login_required
@require_GET
def views(request):
    """Every view that the person may use or change, list by list."""
    places = [place for place in PLACES if scope_of(request.user).may(place.permission)]
    if not places:
        raise Http404
    return render(request, "itsm_web/views.html", {"groups": [_group(request.user, place) for place in places]})


def _group(user, place: Place) -> dict:
    offered = SavedView.objects.offered_to(user, place.key).select_related("owner", "team")
    found = list(offered[:MOST_LISTED])
    changeable = (
        SavedView.objects.changeable_by(user).filter(place=place.key).select_related("owner", "team").distinct()
    )
    allowed = {view.pk: view for view in changeable.order_by("name", "pk")[:MOST_LISTED]}
    known = {view.pk for view in found}
    others = [view for pk, view in allowed.items() if pk not in known]
    words = place.describe([QueryDict(view.query) for view in [*found, *others]])
    first = saved.preference(user, place.key).first_view_id
    rows = [
        {
            "view": view, "words": said, "url": f"{place.url}?view={view.pk}&{view.query}", "may_change": view.pk in allowed,
            "own": view.owner_id == user.pk, "first": view.pk == first, "used": view.pk in known, "dialog": f"delete-{view.pk}",
        }
        for view, said in zip([*found, *others], words, strict=True)
    ]  # fmt: skip
    return {"place": place, "rows": rows, "own": sum(1 for row in rows if row["own"]), "first": first}


@login_required
@require_http_methods(["GET", "POST"])
def new(request):
    """Keep the address of a list under a name."""
    given = request.POST or request.GET
    place = _place(request, given.get("place", ""))
    query = QueryDict(place.tidy(QueryDict(given.get("query", "")[:4000])), mutable=True)
    form = ViewForm(request.POST or None, user=request.user, initial={"with_columns": "columns" in query})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        shown = _known(place, given.get("columns", ""))
        if data["with_columns"] and shown:
            query["columns"] = shown
        elif not data["with_columns"]:
            query.pop("columns", None)
        try:
            view = saved.save_view(
                actor=request.user, place=place.key, name=data["name"], query=place.tidy(query), team=data["team"]
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            if data["first"]:
                saved.set_first(actor=request.user, place=place.key, view=view)
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
            return _go(request, f"{urlsplit(_back(request, place)).path}?view={view.pk}&{view.query}")
    kept = {
        "place": place.key,
        "query": query.urlencode(),
        "columns": given.get("columns", ""),
        "back": _back(request, place),
    }
    context = {"form": form, "title": _("Save this view"), "kept": kept, "words": place.describe([query])[0]}
    return _form(request, context, status)


@login_required
@require_http_methods(["GET", "POST"])
def change(request, pk):
    """Rename a view, share it or stop sharing it."""
    view, place = _changeable(request, pk)
    first = saved.preference(request.user, place.key).first_view_id == view.pk
    initial = {"name": view.name, "team": view.team_id or "", "first": first}
    form = ViewForm(request.POST or None, user=request.user, view=view, initial=initial)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            view = saved.change_view(view.pk, actor=request.user, name=data["name"], team=data["team"])
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            if data["first"] != first:
                saved.set_first(actor=request.user, place=place.key, view=view if data["first"] else None)
            messages.success(request, _("The view “%(name)s” is changed.") % {"name": view.name})
            return _go(request, "/views/")
    words = place.describe([QueryDict(view.query)])[0]
    return _form(
        request, {"form": form, "title": _("Change the view"), "kept": {}, "words": words, "view": view}, status
    )


@login_required
@require_POST
def act(request, pk, what: str):
    """Show something else under the same name, move up or down, delete, begin with it."""
    if what == "first":
        view = get_object_or_404(SavedView, pk=pk)
        place = _place(request, view.place)
        if not SavedView.objects.offered_to(request.user, view.place).filter(pk=pk).exists():
            raise Http404
        off = saved.preference(request.user, place.key).first_view_id == view.pk
        saved.set_first(actor=request.user, place=place.key, view=None if off else view)
        return redirect("/views/")
    view, place = _changeable(request, pk)
    if what == "redefine":
        if "query" not in request.POST:
            return not_understood(request)
        query = place.tidy(QueryDict(request.POST.get("query", "")[:4000]))
        saved.change_view(view.pk, actor=request.user, query=query)
        messages.success(request, _("“%(name)s” shows this from now on.") % {"name": view.name})
        return redirect(f"{urlsplit(_back(request, place)).path}?view={view.pk}&{query}")
    if what == "delete":
        saved.delete_view(view.pk, actor=request.user)
        messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    elif what == "move":
        saved.move_view(view.pk, actor=request.user, up="up" in request.POST)
    return redirect("/views/")


@login_required
@require_http_methods(["GET", "POST"])
def columns(request):
    """The columns of a list for this person; `usual` goes back to what everybody gets."""
    place = _place(request, (request.POST or request.GET).get("place", ""))
    if not place.columns():
        raise Http404
    back = urlsplit(_back(request, place))
    rest = QueryDict(back.query, mutable=True)
    if request.method == "POST":
        wanted = None if "usual" in request.POST else request.POST.getlist("column")
        saved.set_columns(actor=request.user, place=place.key, columns=wanted)
        rest.pop("columns", None)
        return _go(request, back.path + (f"?{rest.urlencode()}" if rest else ""))
    kept = saved.preference(request.user, place.key).columns
    asked = [name for name in rest.get("columns", "").split(",") if name]
    shown = asked or (place.defaults if kept is None else kept)
    labels = place.columns()
    context = {
        "place": place,
        "back": back.geturl(),
        "choices": [(name, label, name in shown) for name, label in labels.items()],
    }
    fragment = bool(request.htmx)
    template = "itsm_web/_columns.html" if fragment else "itsm_web/columns.html"
    return render(request, template, context | {"dialog": fragment, "title": _("Columns")})


def _form(request, context: dict, status: int):
    fragment = bool(request.htmx)
    template = "itsm_web/_view_form.html" if fragment else "itsm_web/view_form.html"
    return render(request, template, context | {"dialog": fragment}, status=status)


def _go(request, target: str):
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)


def _place(request, key: str) -> Place:
    """The list of that name, without a name the first one that has columns; 404 for who may not open it."""
    place = PLACES.find(key) if key else next((each for each in PLACES if each.columns()), None)
    if place is None or not scope_of(request.user).may(place.permission):
        raise Http404
    return place


def _changeable(request, pk) -> tuple[SavedView, Place]:
    view = get_object_or_404(SavedView.objects.changeable_by(request.user).select_related("team").distinct(), pk=pk)
    return view, _place(request, view.place)


def _known(place: Place, columns: str) -> str:
    known = place.columns()
    return ",".join(name for name in columns.split(",") if name in known)


def _back(request, place: Place) -> str:
    """The page of this list that they came from, and nowhere else."""
    try:
        came = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    except ValueError:  # no address at all
        came = urlsplit("")
    here = came._replace(scheme="", netloc="").geturl() if came.netloc == request.get_host() else ""
    wanted = (request.POST or request.GET).get("back") or here or place.url
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe and wanted.startswith(place.url) else place.url
