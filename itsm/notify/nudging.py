"""Ask a worker to look at the tables now. A thread asks, so that nobody waits for a broker that does not answer.

A nudge only saves time: beat comes by every few seconds and finds what nobody was told of.
"""

import logging
import os
import threading

logger = logging.getLogger(__name__)
GATHER_SECONDS = 0.3
REST_SECONDS = 10.0
EXPIRES_SECONDS = 60


class Nudger:
    """One thread per process, started at the first need. What is asked within a moment is one task."""

    def __init__(self):
        self._lock = threading.Lock()
        self._wanted: set[str] = set()
        self._some = threading.Event()
        self._started = False

    def ask(self, task: str) -> None:
        """Have the task of that name (of this app, else its full path) queued within a second. Returns at once, never raises."""
        with self._lock:
            self._wanted.add(task)
            if not self._started:
                try:
                    threading.Thread(target=self._run, name="nudger", daemon=True).start()
                except RuntimeError:  # there is no thread to be had, as at the end of a process
                    logger.warning("No thread to ask for %s; beat will.", task)
                    return
                self._started = True
        self._some.set()

    def _run(self) -> None:
        rest = threading.Event()
        while True:
            self._some.wait()
            rest.wait(GATHER_SECONDS)
            self._some.clear()
            with self._lock:
                wanted, self._wanted = sorted(self._wanted), set()
            answers = [publish(task) for task in wanted]
            if not all(answers):
                rest.wait(REST_SECONDS)


def publish(task: str) -> bool:
    """Queue the task by name; False when the broker does not take it. May last as long as the broker's time limits."""
    from celery import current_app

    try:
        name = task if "." in task else f"itsm.notify.tasks.{task}"
        current_app.send_task(name, retry=False, ignore_result=True, expires=EXPIRES_SECONDS)
    except Exception as error:  # whatever is wrong with the broker, beat does the work later
        logger.warning("The broker does not take %s (%s); beat will.", task, type(error).__name__)
        return False
    return True


_nudger = Nudger()
os.register_at_fork(after_in_child=_nudger.__init__)
ask = _nudger.ask
