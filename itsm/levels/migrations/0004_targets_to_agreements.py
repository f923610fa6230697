"""The targets of before become agreements: one for everybody, one for each organisation that had targets of its own."""

from django.db import migrations
from django.db.models import F


def gather(apps, schema_editor):
    Target, Agreement = apps.get_model("levels", "Target"), apps.get_model("levels", "Agreement")
    Organisation = apps.get_model("people", "Organisation")
    Target.objects.filter(seconds=0).update(seconds=1)
    for pk in Target.objects.order_by().values_list("organisation_id", flat=True).distinct():
        place = Organisation.objects.filter(pk=pk).first() if pk else None
        french, english = ("Engagement {}", "Agreement {}") if place else ("Engagement standard", "Standard agreement")
        name = place.name if place else ""
        agreement, _new = Agreement.objects.get_or_create(
            code=f"SLA-{place.code}"[:40] if place else "STANDARD",
            defaults={
                "name": french.format(name)[:120], "name_fr": french.format(name)[:120], "name_en": english.format(name)[:120],
                "kind": "sla", "organisation_id": pk,
            },
        )  # fmt: skip
        Target.objects.filter(organisation_id=pk).update(agreement=agreement)


def count_from_the_start(apps, schema_editor):
    """Clocks of before count from their start, as they did. In batches, each its own statement."""
    Clock = apps.get_model("levels", "Clock")
    last = Clock.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for first in range(0, last + 1, 50_000):
        Clock.objects.filter(pk__gt=first, pk__lte=first + 50_000, counted_from=None).update(counted_from=F("started_at"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("levels", "0003_agreements"), ("people", "0001_initial")]

    operations = [
        migrations.RunPython(gather, migrations.RunPython.noop),
        migrations.RunPython(count_from_the_start, migrations.RunPython.noop),
    ]
