"""Files that came in: kept in the store until their run is over and its time has passed, opened as files of this machine."""

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core import signing
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.crypto import get_random_string

from itsm.core import now

from ..models import IntakeRun

FOLDER = "intake"
SALT = "cmdb-upload"
HELD_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Held:
    """A file that came before its form was right: what it is called, where it is kept, and the word for it in the form."""

    name: str
    kept: str
    token: str


def hold(file, reader) -> Held:
    """Store an upload for the person who corrects the form."""
    kept = keep(file, Path(file.name).suffix.lower())
    return Held(file.name, kept, signing.dumps([reader.pk, file.name, kept], salt=SALT))


def held(token: str, reader) -> Held | None:
    """What the form of this person holds; None for another's, an old one, or one that is gone."""
    try:
        owner, name, kept = signing.loads(token, salt=SALT, max_age=HELD_FOR)
    except signing.BadSignature:
        return None
    return Held(name, kept, token) if owner == reader.pk and default_storage.exists(kept) else None


def forget_held() -> int:
    """Drop the files of forms that nobody sent to their end. How many."""
    try:
        names = [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    except OSError:
        return 0
    used, dropped = set(IntakeRun.objects.filter(file__in=names).values_list("file", flat=True)), 0
    for name in set(names) - used:
        with suppress(OSError):
            if default_storage.get_modified_time(name) < now() - 2 * HELD_FOR:
                drop(name)
                dropped += 1
    return dropped


def keep(file, suffix: str) -> str:
    """Store an upload; its name in the store."""
    return default_storage.save(f"{FOLDER}/{get_random_string(24)}{suffix}", File(file))


@contextmanager
def opened(name: str):
    """The path of a kept file; a copy where the store is not a folder."""
    try:
        yield Path(default_storage.path(name))
    except NotImplementedError:
        with NamedTemporaryFile(suffix=Path(name).suffix) as copy, default_storage.open(name) as file:
            for chunk in file.chunks():
                copy.write(chunk)
            copy.flush()
            yield Path(copy.name)


def drop(name: str) -> None:
    """The file is no longer needed."""
    default_storage.delete(name)
