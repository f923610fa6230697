"""Files that came in: kept in the store until their run is over and its time has passed, opened as files of this machine."""

from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.crypto import get_random_string

FOLDER = "intake"


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
