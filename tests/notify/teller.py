"""A process that acts while the broker is down: `python -m tests.notify.teller COUNT` prints how long it took."""

import os
import sys
import time


def main(count: int) -> None:
    import django

    django.setup()
    from itsm.notify import nudging, outbox

    began = time.monotonic()
    for n in range(count):
        outbox.put("heard.well", payload={"n": n})
    taken = time.monotonic() - began
    print(taken, nudging.publish("drain_outbox"))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "itsm.settings"
    main(int(sys.argv[1]))
