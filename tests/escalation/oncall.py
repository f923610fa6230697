"""Rotas and chains for tests."""

from datetime import UTC, date, datetime, time

from itsm.core import reference
from itsm.escalation import rotas
from itsm.escalation.models import Chain, ChainStep, Layer, LayerPerson, Rota

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def rota(world, *people, code="R-N1", second=(), team=None, **more) -> Rota:
    """People in weekly turns from Monday 2 November 2026, 9 o'clock in Paris; `second` is a second line."""
    always = more.pop("always", True)
    made = Rota.objects.create(code=code, name_fr=code, name_en=code, team=team or world.n1, always=always)
    layer(made, people, **more)
    if second:
        layer(made, second, rank=2, **more)
    return made


def layer(made: Rota, people, **more) -> Layer:
    values = {"rank": 1, "position": 0, "first_day": date(2026, 11, 2), "handover": time(9), "days": 7} | more
    found = Layer.objects.create(rota=made, **values)
    LayerPerson.objects.bulk_create(LayerPerson(layer=found, user=u, position=n) for n, u in enumerate(people))
    return found


def chain(*steps, code="CALL", rounds=2, **more) -> Chain:
    """Steps are (who, wait in minutes) or (who, wait, {field: value})."""
    made = Chain.objects.create(code=code, name_fr=code, name_en=code, rounds=rounds, **more)
    for position, (who, wait, *rest) in enumerate(steps):
        ChainStep.objects.create(chain=made, position=position, who=who, wait_minutes=wait, **(rest[0] if rest else {}))
    reference.forget_everything()
    return made


def names(made: Rota, begins, ends, **more) -> list[tuple]:
    """(login or None, begins, ends, why) of the shifts."""
    from itsm.people.models import User

    logins = dict(User.objects.values_list("pk", "username"))
    return [(logins.get(s.user_id), s.begins, s.ends, s.why) for s in rotas.shifts(made, begins, ends, **more)]
