"""Files on records: checked by size and by their first bytes, kept under random names, only ever sent as downloads."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core.errors import DomainError

from .models import Attachment, Comment, Record
from .moves import SUBJECT

MAX_FILES = 10
# First bytes of what must never come in, whatever it is called: programs and scripts that a double click would run.
REFUSED_MAGIC = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"#!")
REFUSED_NAMES = re.compile(
    r"\.(exe|dll|scr|com|bat|cmd|ps1|vbs|js|jse|wsf|hta|msi|jar|lnk|reg|cpl|pif|sh|apk|dmg|iso)$", re.IGNORECASE
)
IMAGES = {b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
KNOWN = {b"%PDF-": "application/pdf", b"PK\x03\x04": "application/zip"} | IMAGES
PLAIN = "application/octet-stream"


@dataclass(frozen=True)
class Clean:
    """A file that may be kept."""

    file: UploadedFile
    name: str
    content_type: str
    sha256: str


def clean(files: list[UploadedFile]) -> list[Clean]:
    """Check every file before anything is saved; DomainError names the one that is refused and why."""
    if len(files) > MAX_FILES:
        raise DomainError(_("At most %(n)s files at a time.") % {"n": MAX_FILES}, field="files")
    return [_clean(file) for file in files]


def _clean(file: UploadedFile) -> Clean:
    name = safe_name(file.name or "")
    if file.size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise DomainError(_("“%(name)s” is larger than %(limit)s MB.") % {"name": name, "limit": limit}, field="files")
    if not file.size:
        raise DomainError(_("“%(name)s” is empty.") % {"name": name}, field="files")
    head = file.read(512)
    file.seek(0)
    if head.startswith(REFUSED_MAGIC) or REFUSED_NAMES.search(name):
        raise DomainError(_("“%(name)s” is a program. Programs are not accepted.") % {"name": name}, field="files")
    sums = hashlib.sha256()
    for chunk in file.chunks():
        sums.update(chunk)
    file.seek(0)
    return Clean(file, name, sniff(head), sums.hexdigest())


def sniff(head: bytes) -> str:
    """The type that the bytes show; the name and what the browser says are not believed."""
    for magic, kind in KNOWN.items():
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return PLAIN


def safe_name(name: str) -> str:
    """A name to show and to download under: no path, no control character, at most 150 letters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip(" .") or _("file")
    return name[-150:]


@transaction.atomic
def add(
    record: Record, files: list[Clean], *, actor, public: bool = True, to_last_comment: bool = False
) -> list[Attachment]:
    """Keep checked files on a record."""
    if not files:
        return []
    comment = (
        Comment.objects.filter(record_id=record.pk, author=actor).order_by("-pk").first() if to_last_comment else None
    )
    made = [
        Attachment.objects.create(
            record_id=record.pk, comment=comment, name=each.name, file=each.file, size=each.file.size,
            content_type=each.content_type, sha256=each.sha256, public=public, uploaded_by=actor,
        )
        for each in files
    ]  # fmt: skip
    log.write(
        f"{record.kind}.attached",
        (SUBJECT, record.pk, record.number),
        actor=actor,
        data={"files": [a.name for a in made], "public": public},
    )
    return made


def response(attachment: Attachment, *, inline: bool = False) -> FileResponse:
    """The bytes: a download, or an image in the page; never anything that a browser would run."""
    image = attachment.content_type.startswith("image/")
    answer = FileResponse(
        attachment.file.open("rb"), as_attachment=not (inline and image), filename=attachment.name,
        content_type=attachment.content_type if image else PLAIN,
    )  # fmt: skip
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer
