"""Hear the telephone exchanges that are listened to over TCP (Asterisk), until it is stopped."""

import signal
import threading

from django.core.management.base import BaseCommand

from servicedesk.calls.adapters.ami import Listener
from servicedesk.calls.models import Exchange

LOOK_SECONDS = 15


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_args: stop.set())
        listeners: dict[int, tuple[threading.Thread, threading.Event]] = {}
        self.stdout.write("Listening. Exchanges that are added are heard within some seconds.")
        while not stop.is_set():
            wanted = set(
                Exchange.objects.filter(adapter=Exchange.Adapter.AMI, source__revoked_at=None).values_list(
                    "pk", flat=True
                )
            )
            for pk in wanted - set(listeners):
                self.stdout.write(f"Exchange {pk}: begins.")
                over = threading.Event()
                thread = threading.Thread(target=Listener(pk, over).run, name=f"exchange-{pk}", daemon=True)
                listeners[pk] = (thread, over)
                thread.start()
            for pk in set(listeners) - wanted:
                listeners.pop(pk)[1].set()
            for pk, (thread, _over) in list(listeners.items()):
                if not thread.is_alive():
                    listeners.pop(pk)  # begins again with the next look
            stop.wait(LOOK_SECONDS)
        for _thread, over in listeners.values():
            over.set()
        for thread, _over in listeners.values():
            thread.join(5)
        self.stdout.write("Stopped.")
