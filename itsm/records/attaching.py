"""Files on a record: checked on the way in, kept under a random name, sent back as downloads only, never shown or run."""

import hashlib
import re
from pathlib import PurePath

from django.conf import settings
from django.db import transaction
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from itsm.core.errors import DomainError

from . import moves
from .models import Attachment, Comment, Record

# What opens by a double click and runs. Archives are let through: people send logs in them.
REFUSED = {
    "exe", "com", "bat", "cmd", "scr", "pif", "msi", "msp", "cpl", "jar", "js", "jse", "vbs", "vbe", "wsf", "wsh", "ps1", "psm1", "hta",
    "lnk", "reg", "dll", "sys", "app", "command", "desktop", "svg", "htm", "html", "xhtml", "shtml", "mht", "php",
}  # fmt: skip
MOST_FILES = 100
TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


@transaction.atomic
def attach(record: Record, upload, *, actor, public: bool = True, comment: Comment | None = None) -> Attachment:
    """Keep an uploaded file on a record. Raises DomainError for one that is empty, too large, or of a kind that runs."""
    name = clean_name(upload.name)
    if upload.size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1_048_576
        raise DomainError(_("%(name)s is too large: up to %(most)s MB.") % {"name": name, "most": most}, field="file")
    if not upload.size:
        raise DomainError(_("%(name)s is empty.") % {"name": name}, field="file")
    if {suffix.removeprefix(".").lower() for suffix in PurePath(name).suffixes[-1:]} & REFUSED:
        raise DomainError(_("Files like %(name)s are not accepted, because they can run. Send them in an archive.") % {"name": name}, field="file")
    if Attachment.objects.filter(record_id=record.pk).count() >= MOST_FILES:
        raise DomainError(_("This ticket has %(count)s files already.") % {"count": MOST_FILES}, field="file")
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    attachment = Attachment.objects.create(
        record_id=record.pk, comment=comment, name=name, file=upload, size=upload.size, sha256=digest.hexdigest(),
        content_type=content_type(upload.content_type), public=public, uploaded_by=actor,
    )  # fmt: skip
    moves.write_entry(record, "attached", actor=actor, data={"name": name, "size": upload.size, "public": public})
    return attachment


def clean_name(given: str) -> str:
    """The last part of a path, without control characters, at most 200 long and with its suffix."""
    name = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", PurePath(given.replace("\\", "/")).name).strip(" .") or "file"
    suffix = PurePath(name).suffix[:20]
    return name if len(name) <= 200 else name[: 200 - len(suffix)] + suffix


def content_type(given: str | None) -> str:
    """A type that is fit for a header."""
    plain = (given or "").split(";")[0].strip().lower()
    return plain if TYPE.fullmatch(plain) and len(plain) <= 100 else "application/octet-stream"


def download(attachment: Attachment) -> FileResponse:
    """The bytes as a download: the browser neither shows nor guesses what they are."""
    response = FileResponse(attachment.file.open("rb"), as_attachment=True, filename=attachment.name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
