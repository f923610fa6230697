"""Alerts for tests, made by the product's own intake."""

from itsm.events import services
from itsm.events.models import Alert


def raised(world, key: str = "disk", *, severity: str = "critical", title: str = "Disk full", **more) -> Alert:
    """One alert of the house."""
    organisation = more.pop("organisation", world.lumen)
    return services.raise_event(
        organisation=organisation, source="tests", key=key, severity=severity, title=title, **more
    )


def many(world, count: int, **more) -> None:
    """Very many, at once and straight into the table."""
    Alert.objects.bulk_create(
        [
            Alert(
                number=f"ALR{9_000_000 + n}", organisation=world.lumen, source="bulk", key=f"k{n}", title=f"Alert {n}", score=n % 97,
                severity=("critical", "major", "minor", "warning", "info")[n % 5], **more,
            )
            for n in range(count)
        ],
        batch_size=5000,
    )  # fmt: skip


def told(source: str) -> dict[str, str]:
    """What the console was told: key -> severity of the alerts that are open."""
    return dict(Alert.objects.filter(source=source).exclude(state="closed").values_list("key", "severity"))
