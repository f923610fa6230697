"""Pages of rotas: who is on call in the next weeks, taking and exchanging shifts, overrides, editing."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import durations, now
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.core.reachable import is_reachable
from itsm.people.directory import names_of
from itsm.people.models import User

from . import access, duty, rotadrawing, rotas, staffing
from .models import Override, Rank, Rota
from .oncall_forms import LayerForm, LayerFormSet, OverrideForm, RotaForm, SwapForm, members_of
from .oncall_views import agents_only

WEEK, WEEKS = rotadrawing.WEEK, rotadrawing.WEEKS


def _rota(request, code: str) -> Rota:
    return get_object_or_404(access.rotas_for(request.user).select_related("team"), code=code)


def _for_member(request, code: str) -> Rota:
    rota = _rota(request, code)
    if not access.may_take_part(request.user, rota):
        raise PermissionDenied
    return rota


def _for_runner(request, code: str) -> Rota:
    rota = _rota(request, code)
    if not access.may_run(request.user, rota):
        raise PermissionDenied
    return rota


@agents_only
@require_GET
def index(request):
    """Every rota that I read, who is on call now, and where nobody is within three weeks."""
    at, found = now(), []
    for rota in access.rotas_for(request.user).select_related("team").order_by("-active", "code")[:100]:
        ahead = rotas.whole_shifts(rota, at, at + duty.AHEAD)
        holes = [shift for shift in ahead if shift.is_gap]
        found.append(
            {"rota": rota, "now": next((s for s in ahead if s.begins <= at < s.ends), None), "gaps": len(holes)}
        )
    names = names_of(row["now"].user_id for row in found if row["now"])
    for row in found:
        row["name"] = names.get(row["now"].user_id) if row["now"] else None
    return render(request, "itsm_escalation/rotas.html", {"rows": found, "may_create": access.may_create(request.user)})


@agents_only
@require_GET
def detail(request, code):
    """The calendar of the next weeks, a line a line, and its overrides."""
    rota, at = _rota(request, code), now()
    zone = ZoneInfo(rota.time_zone)
    first = _first_day(request.GET.get("from", ""), at.astimezone(zone).date())
    begins, ends = rotadrawing.midnight(first, zone), rotadrawing.midnight(first + WEEK * WEEKS, zone)
    layers = rotas.layers_of(rota)
    lines = []
    for rank in sorted({layer.rank for layer in layers}) or [1]:
        lines.append((rank, rotas.whole_shifts(rota, begins, ends, rank=rank)))
    overrides = list(
        Override.objects.filter(rota=rota, ends_at__gt=at)
        .select_related("user", "made_by")
        .order_by("starts_at", "pk")[:50]
    )
    names = names_of(pk for _rank, found in lines for shift in found for pk in (shift.user_id, shift.instead_of))
    shown = [
        {
            "rank": rank, "label": Rank(rank).label, "weeks": rotadrawing.weeks(found, first, zone, names, at),
            "rows": [duty.row(rota, shift, request.user, names, at=at) for shift in found if shift.ends > at][:40],
            "gaps": sum(shift.is_gap and shift.ends > at for shift in found),
        }
        for rank, found in lines
    ]  # fmt: skip
    context = {
        "rota": rota, "lines": shown, "overrides": overrides, "at": at, "layers": layers, "first": first,
        "before": (first - WEEK).isoformat(), "after": (first + WEEK).isoformat(), "may_take": access.may_take_part(request.user, rota),
        "may_run": access.may_run(request.user, rota), "members": members_of(rota), 
        "days": rotadrawing.days(first, at.astimezone(zone).date()),
    }  # fmt: skip
    return render(request, "itsm_escalation/rota.html", context)


def _first_day(given: str, today: date) -> date:
    """The Monday of the week asked for, within two years of today; of this week otherwise."""
    try:
        asked = date.fromisoformat(given)
    except ValueError:
        asked = today
    if abs((asked - today).days) > 730:
        asked = today
    return asked - timedelta(days=asked.weekday())


@agents_only
@require_POST
def take(request, code):
    """Take a shift or a gap, for myself or, for who runs the rota, for somebody."""
    rota = _for_member(request, code)
    try:
        begins = datetime.fromisoformat(request.POST.get("begins", ""))
        rank, seen = whole(request.POST.get("rank", "1")), request.POST.get("seen", "")
        person = whole(request.POST.get("person", str(request.user.pk)))
        if begins.tzinfo is None or not is_reachable(begins) or rank not in (1, 2, 3):
            raise ValueError
        if person is None or (seen and whole(seen) is None):
            raise ValueError
    except ValueError:
        raise Http404 from None
    if person != request.user.pk and not access.may_run(request.user, rota):
        raise PermissionDenied
    who = get_object_or_404(User, pk=person)
    span = staffing.take_shift(rota.pk, actor=request.user, person=who, rank=rank, begins=begins, seen=whole(seen))
    words = {"person": who.display_name, "begins": durations.moment(span[0]), "ends": durations.moment(span[1])}
    messages.success(request, _("%(person)s is on call from %(begins)s to %(ends)s.") % words)
    return redirect("oncall:home" if request.POST.get("next") == "home" else rota_url(rota))


def rota_url(rota: Rota) -> str:
    return f"/oncall/rotas/{rota.code}/"


@agents_only
@require_http_methods(["GET", "POST"])
def override(request, code):
    """Somebody else between two instants: oneself for who is of the team, anybody of it for who runs the rota."""
    rota = _for_member(request, code)
    form = OverrideForm(request.POST or None, rota=rota, initial={"person": request.user.pk})
    if not access.may_run(request.user, rota):
        form.fields["person"].choices = [(pk, name) for pk, name in members_of(rota) if pk == request.user.pk]
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            staffing.override(
                rota.pk, actor=request.user, person=get_object_or_404(User, pk=data["person"]), begins=data["begins"], ends=data["ends"],
                rank=data["rank"], reason=data["reason"],
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The override is in place."))
            return redirect(rota_url(rota))
    context = {"rota": rota, "form": form, "what": "override"}
    return render(request, "itsm_escalation/rota_form.html", context, status=422 if request.method == "POST" else 200)


@agents_only
@require_POST
def end_override(request, pk):
    """By who made it, who is on call by it, or who runs the rota."""
    found = get_object_or_404(Override.objects.select_related("rota"), pk=pk, rota__in=access.rotas_for(request.user))
    if request.user.pk not in (found.user_id, found.made_by_id) and not access.may_run(request.user, found.rota):
        raise PermissionDenied
    staffing.end_override(pk, actor=request.user)
    messages.success(request, _("The layers hold again."))
    return redirect(rota_url(found.rota))


@agents_only
@require_http_methods(["GET", "POST"])
def swap(request, code):
    """Exchange one of my shifts for one of a colleague's; who runs the rota exchanges any two."""
    rota = _for_member(request, code)
    turns = list(_turns_ahead(rota))
    runs = access.may_run(request.user, rota)
    mine = [(key, words) for key, words, holder in turns if runs or holder == request.user.pk]
    others = [(key, words) for key, words, holder in turns if runs or holder != request.user.pk]
    form = SwapForm(request.POST or None, mine=mine, others=others, initial=_two_of_two(turns, mine, others))
    if request.method == "POST" and form.is_valid():
        try:
            staffing.swap_shifts(rota.pk, actor=request.user, **form.pair())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The two shifts have changed hands."))
            return redirect(rota_url(rota))
    context = {"rota": rota, "form": form, "what": "swap", "none": not (mine and others)}
    return render(request, "itsm_escalation/rota_form.html", context, status=422 if request.method == "POST" else 200)


def _two_of_two(turns, mine, others) -> dict[str, str]:
    """What the form proposes: the next of these shifts, for the next one that somebody else has."""
    holders = {key: holder for key, _words, holder in turns}
    first = mine[0][0] if mine else ""
    other = next((key for key, _words in others if holders[key] != holders.get(first)), "")
    return {"mine": first, "other": other}


def _turns_ahead(rota: Rota):
    """("layer:turn", words, holder) of the turns that have not begun, three months ahead."""
    at = now()
    layers = rotas.layers_of(rota)
    found = []
    for layer in layers:
        turn = max(0, rotas.turn_at(layer, rota, at) + 1)
        while (span := rotas.turn_span(layer, rota, turn))[0] < at + timedelta(days=90) and len(found) < 200:
            if layer.last_day and span[0].date() > layer.last_day:
                break
            found.append((f"{layer.pk}:{turn}", layer, span, rotas.holder(layer, turn)))
            turn += 1
    names = names_of(holder for _key, _layer, _span, holder in found)
    for key, layer, span, holder in sorted(found, key=lambda each: each[2]):
        if holder:
            words = f"{durations.moment(span[0])} – {durations.moment(span[1])} · {names.get(holder, '')}"
            yield key, words if layer.rank == 1 else f"{words} · {Rank(layer.rank).label}", holder


@agents_only
@require_http_methods(["GET", "POST"])
def create(request):
    """A new rota of a team that I run."""
    teams = access.teams_run_by(request.user)
    if not teams:
        raise PermissionDenied
    return _edit(request, None, teams)


@agents_only
@require_http_methods(["GET", "POST"])
def edit(request, code):
    """Names, team, layers and their people."""
    rota = _for_runner(request, code)
    return _edit(request, rota, sorted({rota.team_id, *access.teams_run_by(request.user)}))


def _edit(request, rota: Rota | None, teams: list[int]):
    initial = (
        {name: getattr(rota, name) for name in staffing.FIELDS}
        if rota
        else {"time_zone": "Europe/Paris", "always": True}
    )
    form = RotaForm(request.POST or None, teams=teams, initial=initial)
    layers = [LayerForm.initial_of(layer) for layer in rotas.layers_of(rota)] if rota else []
    formset = LayerFormSet(request.POST or None, initial=layers, prefix="layer")
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and formset.is_valid():
            given = [each.layer() for each in formset if not each.is_blank()]
            try:
                if rota:
                    version = request.POST.get("version", "")
                    seen = int(version) if version.isdecimal() and len(version) < 9 else None
                    rota = staffing.change_rota(
                        rota.pk, actor=request.user, version=seen, layers=given, **form.cleaned_data
                    )
                else:
                    rota = staffing.create_rota(actor=request.user, layers=given, **form.cleaned_data)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = 409 if error.status == 412 else error.status
            else:
                messages.success(request, _("The rota is saved."))
                return redirect(rota_url(rota))
    return render(
        request, "itsm_escalation/rota_edit.html", {"rota": rota, "form": form, "formset": formset}, status=status
    )
