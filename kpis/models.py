"""Facts (one event of one record, with its dimensions), daily samples summed from them, and what is out of date."""

from django.db import models

from itsm.core import now


class Dimensions(models.Model):
    """By what a figure can be split. Plain ids: names come from the directory, and nothing here blocks a deletion."""

    organisation_id = models.BigIntegerField()
    team_id = models.BigIntegerField(null=True)
    level = models.PositiveSmallIntegerField(null=True)
    priority = models.PositiveSmallIntegerField(null=True)

    class Meta:
        abstract = True


class Fact(Dimensions):
    """What one record contributes to one indicator. Drilling down leads here, and from here to the record."""

    kpi = models.CharField(max_length=40)
    source_id = models.BigIntegerField()
    record_id = models.BigIntegerField()
    day = models.DateField()
    at = models.DateTimeField()
    value = models.FloatField(null=True)
    calendar_value = models.FloatField(null=True)
    numerator = models.FloatField(default=0)
    denominator = models.FloatField(default=1)
    ended_at = models.DateTimeField(null=True)
    ended_on = models.DateField(null=True)
    category_id = models.BigIntegerField(null=True)
    service_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=10, blank=True)
    site_id = models.BigIntegerField(null=True)
    queue_id = models.BigIntegerField(null=True)
    hour = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kpi", "source_id"], name="fact_once")]
        indexes = [
            models.Index(fields=["kpi", "day", "organisation_id"], name="fact_day"),
            models.Index(fields=["kpi", "-at", "-id"], name="fact_newest"),
            models.Index(fields=["record_id"], name="fact_record"),
            models.Index(fields=["kpi", "ended_on"], name="fact_ended"),
        ]

    def __str__(self):
        return f"{self.kpi} {self.record_id} {self.day}"


class Sample(Dimensions):
    """The facts of one indicator and day, summed: what dashboards read."""

    kpi = models.CharField(max_length=40)
    day = models.DateField()
    n = models.PositiveIntegerField()
    total = models.FloatField(default=0)
    calendar_total = models.FloatField(default=0)
    numerator = models.FloatField(default=0)
    denominator = models.FloatField(default=0)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "day", "organisation_id", "team_id", "level", "priority"],
                nulls_distinct=False,
                name="sample_once",
            )
        ]

    def __str__(self):
        return f"{self.kpi} {self.day}"


class DirtyRecord(models.Model):
    """A record whose facts are out of date."""

    record_id = models.BigIntegerField(primary_key=True)
    since = models.DateTimeField(default=now)

    def __str__(self):
        return str(self.record_id)
