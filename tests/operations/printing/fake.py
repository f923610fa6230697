"""A CUPS in memory, with the answers of `ipp.Printing`: what tests of the product's own logic talk to."""

import itertools

from operations.control.printing.ipp import IppError, Op, Unreachable


class FakeCups:
    """Queues by name and jobs by number. `down` makes it silent; `events_kept` says whether it knows subscriptions."""

    def __init__(self, *names):
        self.queues = {
            name: {
                "printer-name": name,
                "printer-state": 3,
                "printer-state-reasons": "none",
                "printer-is-accepting-jobs": True,
            }
            for name in names
        }
        self.job_rows, self.down, self.events_kept, self.happened, self.asked = {}, False, True, [], []
        self._numbers = itertools.count(1)

    def add(self, queue, title="doc", state=3, at=1_796_000_000, **more):
        number = next(self._numbers)
        self.job_rows[number] = {
            "job-id": number, "job-uuid": f"urn:uuid:{number}", "job-printer-uri": f"ipp://cups:631/printers/{queue}", "job-name": title,
            "job-originating-user-name": "claire", "job-state": state, "job-state-reasons": "none", "job-k-octets": 12, "time-at-creation": at,
            "time-at-processing": at if state == 5 else None, "time-at-completed": None, **more,
        }  # fmt: skip
        self.happened.append({"notify-sequence-number": len(self.happened) + 1})
        return number

    def _answer(self, what):
        self.asked.append(what)
        if self.down:
            raise Unreachable("Nothing answers at its port 631.")

    def printers(self, _wanted):
        self._answer("printers")
        return list(self.queues.values())

    def jobs(self, _wanted):
        self._answer("jobs")
        return [job for job in self.job_rows.values() if job["job-state"] < 7]

    def job(self, number, _wanted):
        self._answer("job")
        if number not in self.job_rows:
            raise IppError("Job does not exist.", 0x0406)
        return self.job_rows[number]

    def act(self, operation, number, **_more):
        self._answer("act")
        self.job_rows[number]["job-state"] = {Op.HOLD_JOB: 4, Op.RELEASE_JOB: 3, Op.CANCEL_JOB: 7, Op.RESTART_JOB: 3}[
            operation
        ]

    def move(self, number, queue):
        self._answer("move")
        self.job_rows[number]["job-printer-uri"] = f"ipp://cups:631/printers/{queue}"

    def queue(self, operation, name, words=""):
        self._answer("queue")
        self.queues[name] |= {"printer-state": 5 if operation == Op.PAUSE else 3, "printer-state-message": words}

    def subscribe(self, _events, _lease):
        self._answer("subscribe")
        if not self.events_kept:
            raise IppError("Not supported.", 0x0501)
        return 7

    def renew(self, _subscription, _lease):
        self._answer("renew")

    def events(self, _subscription, since):
        self._answer("events")
        return [each for each in self.happened if each["notify-sequence-number"] >= since]
