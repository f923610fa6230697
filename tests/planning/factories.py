"""Windows for tests, made by the product's own services."""

from datetime import UTC, datetime, timedelta

from itsm.planning import services

MONDAY = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # 21:00 in Paris


def make_window(world, *, actor=None, name="Fenêtre", hours=4, starts_at=MONDAY, ends_at=None, **more):
    """Four hours on a Monday evening, about nothing in particular unless `scope` says so."""
    more.setdefault("organisation_id", world.lumen.pk)
    return services.plan_window(
        actor=actor, name=name, starts_at=starts_at, ends_at=ends_at or starts_at + timedelta(hours=hours), **more
    )
