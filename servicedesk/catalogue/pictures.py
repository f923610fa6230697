"""Pictures of items: real images by their first bytes, small, only ever sent as images."""

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError
from itsm.records.attachments import sniff

LARGEST = 512 * 1024


def checked(file: UploadedFile) -> str:
    """The type of a picture that may be kept; DomainError says why not."""
    head = file.read(512)
    file.seek(0)
    kind = sniff(head)
    if not kind.startswith("image/"):
        raise DomainError(_("A picture is a PNG, JPEG, GIF or WebP file."), field="picture")
    if (file.size or 0) > LARGEST:
        raise DomainError(_("A picture has at most %(n)s kB.") % {"n": LARGEST // 1024}, field="picture")
    return kind


def tag(item) -> str:
    """Changes with the picture: its name on the disk is never used twice."""
    return f'"{item.picture.name.rsplit("/", 1)[-1]}"'


def response(item) -> FileResponse:
    answer = FileResponse(item.picture.open("rb"), content_type=item.picture_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=600"
    answer["ETag"] = tag(item)
    return answer
