"""Search text lives apart, so that hot rows of the spine stay narrow (docs/decisions/hot-paths.md)."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models

from .record import Record


class RecordSearch(models.Model):
    """What may be found: `public` by everyone who sees the record, `internal` by agents only."""

    record = models.OneToOneField(Record, models.CASCADE, primary_key=True, related_name="search")
    public = SearchVectorField()
    internal = SearchVectorField(null=True)

    def __str__(self):
        return str(self.record_id)


class Lexeme(models.Model):
    """How common a word is; refreshed nightly from a sample."""

    word = models.CharField(max_length=100, primary_key=True)
    ndoc = models.PositiveIntegerField()

    def __str__(self):
        return self.word
