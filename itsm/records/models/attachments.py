"""Files on a record. They are kept outside the web root, under a random name, and only ever sent back as downloads."""

import uuid

from django.conf import settings
from django.db import models

from itsm.core import now

from .record import Record
from .satellites import Comment


def attachment_path(attachment, _filename: str) -> str:
    """Where the bytes go: nothing of the uploader's name reaches the disk."""
    name = uuid.uuid4().hex
    return f"attachments/{name[:2]}/{name}"


class Attachment(models.Model):
    """One file, public (the requester sees it) or internal."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="attachments", db_index=False)
    comment = models.ForeignKey(Comment, models.SET_NULL, null=True, related_name="attachments")
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to=attachment_path, max_length=200)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    public = models.BooleanField(default=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["record", "id"], name="attachment_record")]

    def __str__(self):
        return self.name

    @property
    def is_image(self) -> bool:
        """May it be shown in the page? Only what its first bytes show to be a picture."""
        return self.content_type.startswith("image/")
