"""Everything that changes who is on call. One function, one transaction, the rota locked, one audit entry; edges check who may."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.people.models import User

from . import rotas
from .models import Layer, LayerPerson, Override, Rota, Swap

FIELDS = ("code", "name_fr", "name_en", "team_id", "time_zone", "always", "active")
LAYER_FIELDS = ("rank", "name", "first_day", "last_day", "handover", "days", "hours")
# Who takes an endless gap takes a week of it.
LONGEST_GAP = timedelta(days=7)
MOST_LAYERS, MOST_PEOPLE = 12, 60


@transaction.atomic
def create_rota(*, actor, layers: list[dict], **values) -> Rota:
    """Add a rota. Layers are {rank, name, first_day, last_day, handover, days, hours, people: [id, …]}, covering in their order."""
    rota = Rota(**_known(values))
    _check_code(rota)
    rota.save(force_insert=True)
    _put_layers(rota, layers)
    log.write("rota.created", rota, actor=actor, data=told(rota))
    return rota


@transaction.atomic
def change_rota(pk: int, *, actor, version: int | None = None, layers: list[dict] | None = None, **values) -> Rota:
    """Change a rota; layers, when given, replace those there are, and keep the swaps of the turns that stay."""
    rota = _locked(pk)
    if version is not None and version != rota.version:
        raise StaleVersion(data={"version": rota.version})
    before = told(rota)
    for name, value in _known(values).items():
        setattr(rota, name, value)
    _check_code(rota)
    rota.version += 1
    rota.save()
    if layers is not None:
        _put_layers(rota, layers)
    after = told(rota)
    log.write(
        "rota.changed", rota, actor=actor, changes={k: [before[k], after[k]] for k in after if before[k] != after[k]}
    )
    return rota


@transaction.atomic
def take_shift(
    pk: int, *, actor, person: User, rank: int, begins: datetime, seen: int | None
) -> tuple[datetime, datetime]:
    """Somebody takes a shift, or a gap. A turn that has not begun goes over whole; of anything else, what is left of it.

    `seen`: who had it on the page. IllegalMove when that is no longer so: somebody was faster.
    """
    rota = _locked(pk)
    _check_person(rota, person)
    shift = rotas.shift_at(rota, begins, rank=rank)
    if shift is None or shift.user_id != seen or shift.ends <= now():
        raise IllegalMove(_("This shift has changed in the meantime. Look at it again."))
    if shift.user_id == person.pk:
        raise DomainError(_("%(person)s has this shift already.") % {"person": person.display_name})
    if shift.layer_id and not shift.is_gap and shift.why in ("", "swap") and _is_whole_turn_ahead(rota, shift):
        Swap.objects.update_or_create(
            layer_id=shift.layer_id, turn=shift.turn, defaults={"user": person, "made_by": actor, "made_at": now()}
        )
        span = shift.begins, shift.ends
    else:
        start = max(shift.begins, now().replace(microsecond=0))
        span = start, min(shift.ends, start + LONGEST_GAP) if shift.is_gap else shift.ends
        Override.objects.create(rota=rota, rank=rank, starts_at=span[0], ends_at=span[1], user=person, made_by=actor)
    data = {"person": person.username, "begins": span[0].isoformat(), "ends": span[1].isoformat(), "rank": rank}
    log.write("rota.shift_taken", rota, actor=actor, data=data)
    return span


def _is_whole_turn_ahead(rota: Rota, shift) -> bool:
    """A turn may be several shifts (a night each): only one that is taken whole, before it begins, goes over as a turn."""
    layer = next((each for each in rotas.layers_of(rota) if each.pk == shift.layer_id), None)
    if layer is None:
        return False
    begins, ends = rotas.turn_span(layer, rota, shift.turn)
    return begins > now() and shift.begins <= begins and shift.ends >= ends


@transaction.atomic
def swap_shifts(pk: int, *, actor, first: tuple[int, int], second: tuple[int, int]) -> None:
    """Two turns, each (layer, turn), change hands. Both lie ahead."""
    rota = _locked(pk)
    layers = {layer.pk: layer for layer in rotas.layers_of(rota)}
    if first == second or first[0] not in layers or second[0] not in layers:
        raise DomainError(_("Choose two different shifts of this rota."), field="other")
    holders = [rotas.holder(layers[layer], turn) for layer, turn in (first, second)]
    if None in holders or holders[0] == holders[1]:
        raise DomainError(_("Two shifts of two people can be exchanged."), field="other")
    for layer, turn in (first, second):
        if rotas.turn_span(layers[layer], rota, turn)[0] <= now():
            raise DomainError(_("This shift has begun: it can be taken over, not exchanged."), field="other")
    for (layer, turn), user_id in ((first, holders[1]), (second, holders[0])):
        Swap.objects.update_or_create(
            layer_id=layer, turn=turn, defaults={"user_id": user_id, "made_by": actor, "made_at": now()}
        )
    log.write(
        "rota.shifts_swapped", rota, actor=actor, data={"first": [*first, holders[0]], "second": [*second, holders[1]]}
    )


@transaction.atomic
def override(
    pk: int, *, actor, person: User, begins: datetime, ends: datetime, rank: int = 1, reason: str = ""
) -> Override:  # fmt: skip
    """Put somebody on call between two instants, whatever the layers say."""
    rota = _locked(pk)
    _check_person(rota, person)
    if ends <= begins or ends <= now():
        raise DomainError(_("The end must be after the beginning, and ahead."), field="ends")
    made = Override.objects.create(
        rota=rota, rank=rank, starts_at=begins, ends_at=ends, user=person, reason=reason.strip()[:200], made_by=actor
    )
    data = {
        "person": person.username,
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
        "rank": rank,
        "reason": made.reason,
    }
    log.write("rota.overridden", rota, actor=actor, data=data)
    return made


@transaction.atomic
def end_override(pk: int, *, actor) -> None:
    """The layers hold again; what has passed stays as it was."""
    found = Override.objects.select_related("rota", "user").get(pk=pk)
    rota = _locked(found.rota_id)
    if found.starts_at < now() < found.ends_at:
        found.ends_at = max(now().replace(microsecond=0), found.starts_at + timedelta(seconds=1))
        found.save(update_fields=["ends_at"])
    elif found.starts_at >= now():
        found.delete()
    else:
        return
    log.write("rota.override_ended", rota, actor=actor, data={"person": found.user.username})


def told(rota: Rota) -> dict:
    """A rota as the audit keeps it."""
    layers = [
        {name: str(getattr(layer, name)) for name in LAYER_FIELDS}
        | {"people": [each.user_id for each in sorted(layer.people.all(), key=lambda p: p.position)]}
        for layer in rotas.layers_of(rota)
    ]
    return {name: getattr(rota, name) for name in FIELDS} | {"layers": layers}


def _locked(pk: int) -> Rota:
    return Rota.objects.select_for_update(no_key=True).get(pk=pk)


def _known(values: dict[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"Not of a rota: {', '.join(sorted(unknown))}.")
    return values


def _check_code(rota: Rota) -> None:
    if Rota.objects.filter(code=rota.code).exclude(pk=rota.pk).exists():
        raise DomainError(_("This code is taken."), field="code")


def _check_person(rota: Rota, person: User) -> None:
    if not person.is_active or not person.memberships.filter(team_id=rota.team_id).exists():
        raise DomainError(_("%(person)s is not in this team.") % {"person": person.display_name}, field="person")


AWAY = 1000


def _kept_layers(rota: Rota, layers: list[dict]) -> tuple[list[Layer | None], list[Layer]]:
    """Which layer each given one was, and those that are gone: the same people in the same line first, then in order.

    Swaps belong to a layer: they must not end up with those of another one when the first is taken out.
    """
    pool = list(rota.layers.order_by("rank", "position").prefetch_related("people"))
    people = {layer.pk: [row.user_id for row in sorted(layer.people.all(), key=lambda r: r.position)] for layer in pool}
    found: list[Layer | None] = [None] * len(layers)
    for exact in (True, False):
        for n, given in enumerate(layers):
            fits = [
                layer
                for layer in pool
                if layer.rank == given.get("rank", 1)
                and (not exact or people[layer.pk] == list(given.get("people", [])))
            ]
            if found[n] is None and fits:
                found[n] = fits[0]
                pool.remove(fits[0])
    return found, pool


def _put_layers(rota: Rota, layers: list[dict]) -> None:
    if len(layers) > MOST_LAYERS:
        raise DomainError(_("A rota has at most %(n)s layers.") % {"n": MOST_LAYERS}, field="layers")
    members = set(rota.team.memberships.filter(user__is_active=True).values_list("user_id", flat=True))
    kept, left = _kept_layers(rota, layers)
    for gone in left:
        gone.delete()
    Layer.objects.filter(rota=rota).update(position=F("position") + AWAY)  # two may change places
    counts: dict[int, int] = {}
    for given, known in zip(layers, kept, strict=True):
        people = list(given.get("people", []))
        if len(people) > MOST_PEOPLE or not set(people) <= members:
            raise DomainError(
                _("Only members of the team take turns, %(n)s at most.") % {"n": MOST_PEOPLE}, field="layers"
            )
        rank = given.get("rank", 1)
        place = (rank, counts.get(rank, 0))
        counts[rank] = place[1] + 1
        layer = known or Layer(rota=rota, rank=rank)
        layer.position = place[1]
        for name in LAYER_FIELDS:
            if name in given:
                setattr(layer, name, given[name])
        layer.hours = checked_hours(layer.hours)
        if layer.last_day and layer.last_day < layer.first_day:
            raise DomainError(_("A layer ends after it begins."), field="layers")
        layer.save()
        layer.people.all().delete()
        LayerPerson.objects.bulk_create(
            LayerPerson(layer=layer, user_id=user, position=n) for n, user in enumerate(people)
        )


def checked_hours(given: Any) -> list[list[int]]:
    """Hours of the week, [[weekday 0 to 6, from minute, to minute], …].

    What ends before it begins runs into the next day; what ends when it begins lasts 24 hours.
    """
    try:
        found = [[int(day), int(start), int(end)] for day, start, end in given or []]
    except (TypeError, ValueError):
        found = [[-1, 0, 0]]
    if len(found) > 50 or any(
        not (0 <= day <= 6 and 0 <= start < 1440 and 0 < end <= 1440) for day, start, end in found
    ):
        raise DomainError(_("Hours are a weekday, a beginning and an end."), field="layers")
    return sorted(found)
