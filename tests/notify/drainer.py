"""A drainer as a process of its own, for the tests: `python -m tests.notify.drainer MARK_DIR [hang_on]`.

Its consumer leaves one notice per delivery without asking whether there is one, so that a second delivery shows.
On the fact whose payload says `hang`, it writes the file `MARK_DIR/hung` and waits to be killed.
"""

import os
import sys
import threading
import uuid
from pathlib import Path


def main(marks: Path, hangs: bool) -> None:
    import django

    django.setup()
    from itsm.notify import outbox
    from itsm.notify.models import Notice

    @outbox.consumer("test-notes", "test.*")
    def note(fact):
        Notice.objects.create(
            key=uuid.uuid4().hex, user_id=fact.payload["user"], template="test", data={"fact": fact.id}
        )
        if hangs and fact.payload.get("hang"):
            (marks / "hung").touch()
            threading.Event().wait()

    outbox.drain()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "itsm.settings"
    main(Path(sys.argv[1]), "hang" in sys.argv[2:])
