"""Who wrote this: a person, a machine, a machine that answers, or we ourselves? What machines send is never answered."""

import re
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext_noop

from itsm.core import now
from itsm.notify.models import Message

from .letters import Letter
from .models import InboundMail, Mailbox

Outcome = InboundMail.Outcome
DAEMONS = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon|mdaemon)@", re.IGNORECASE)
# Programs that say in the subject only that nobody is there; asked only of mails that answer one of ours.
ABSENT = re.compile(
    r"^(?:(?:auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office|réponse automatique|absence du bureau|absent du bureau|"
    r"automatische antwort|abwesen|respuesta automática|risposta automatica|automatisch antwoord)\b|autoreply:|auto:)",
    re.IGNORECASE,
)
OUR_ADDRESS = gettext_noop("The sender is an address of ours: %(address)s")
OUR_MAIL = gettext_noop("This is a mail that we sent ourselves")
TOO_MANY = gettext_noop("More than %(n)s mails from this sender within an hour")
DOMAIN_FULL = gettext_noop("More than %(n)s tickets of %(domain)s within an hour: it waits its turn")
BOX_FULL = gettext_noop("More than %(n)s tickets of this mailbox within an hour: it waits its turn")
SAYS_SO = gettext_noop("The mail says that a machine sent it: %(header)s")
FORGED = gettext_noop("The mail server says that the sender is forged: %(words)s")


@dataclass(frozen=True)
class Judgement:
    """What kind of mail it is, and how one knows."""

    outcome: str
    reason: str
    values: dict


def loop(letter: Letter) -> Judgement | None:
    """A mail of ours that came back to us as if somebody had written it."""
    if letter.message_id and Message.objects.filter(message_id=letter.message_id).exists():
        return Judgement(Outcome.LOOP, OUR_MAIL, {})
    if letter.sender and letter.sender in our_addresses():
        return Judgement(Outcome.LOOP, OUR_ADDRESS, {"address": letter.sender})
    return None


def our_addresses() -> set[str]:
    """Those under which the product writes, and those of the mailboxes."""
    kept = {address.lower() for address in Mailbox.objects.values_list("address", flat=True)}
    return kept | {parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()}


def machine(letter: Letter) -> Judgement | None:
    """A machine that answers (AUTO_REPLY), or one that writes by itself (MACHINE)."""
    headers = letter.headers
    auto = headers.get("auto-submitted", "no").lower().split(";")[0].strip()
    if auto.startswith(("auto-replied", "auto-notified")):
        return _says(Outcome.AUTO_REPLY, "Auto-Submitted", auto)
    for name in ("x-autoreply", "x-autorespond"):
        if headers.get(name, "no").lower() not in ("no", "false", ""):
            return _says(Outcome.AUTO_REPLY, name.title(), headers[name][:60])
    precedence = headers.get("precedence", "").lower()
    if precedence == "auto_reply":
        return _says(Outcome.AUTO_REPLY, "Precedence", precedence)
    if ABSENT.match(letter.subject):
        return _says(Outcome.AUTO_REPLY, "Subject", letter.subject[:60])
    if auto not in ("no", ""):
        return _says(Outcome.MACHINE, "Auto-Submitted", auto)
    if precedence in ("bulk", "junk", "list"):
        return _says(Outcome.MACHINE, "Precedence", precedence)
    if headers.get("return-path", "").replace(" ", "") == "<>" or DAEMONS.match(letter.sender):
        return _says(Outcome.MACHINE, "Return-Path", headers.get("return-path", letter.sender))
    suppress = headers.get("x-auto-response-suppress", "").lower()
    if any(each.strip() in ("all", "oof", "autoreply") for each in suppress.split(",")):
        return _says(Outcome.MACHINE, "X-Auto-Response-Suppress", suppress[:60])
    return None


def _says(outcome: str, header: str, value: str) -> Judgement:
    return Judgement(outcome, SAYS_SO, {"header": f"{header}: {value}"})


def flood(letter: Letter, mailbox: Mailbox) -> Judgement | None:
    """More than one person can write, or a loop that nothing else gave away."""
    recent = InboundMail.objects.filter(
        sender=letter.sender, received_at__gt=now() - timedelta(hours=1), mailbox=mailbox,
        outcome__in=[Outcome.OPENED, Outcome.COMMENTED],
    )  # fmt: skip
    if len(recent.values_list("pk")[: mailbox.most_an_hour]) >= mailbox.most_an_hour:
        return Judgement(Outcome.FLOOD, TOO_MANY, {"n": mailbox.most_an_hour})
    return None


def crowd(sender: str, mailbox: Mailbox) -> Judgement | None:
    """More tickets than a mailbox, or one domain in it, is to open within an hour, from however many senders."""
    opened = InboundMail.objects.filter(mailbox=mailbox, opened_at__gt=now() - timedelta(hours=1)).order_by()
    if len(opened.values_list("pk")[: mailbox.most_of_box]) >= mailbox.most_of_box:
        return Judgement(Outcome.DEFERRED, BOX_FULL, {"n": mailbox.most_of_box})
    domain = domain_of(sender)
    near = opened.filter(sender__iendswith=f"@{domain}").values_list("pk")[: mailbox.most_of_domain]
    if domain and len(near) >= mailbox.most_of_domain:
        return Judgement(Outcome.DEFERRED, DOMAIN_FULL, {"n": mailbox.most_of_domain, "domain": domain})
    return None


def domain_of(sender: str) -> str:
    """What stands behind the @, in small letters."""
    return sender.rpartition("@")[2].lower()


def forged(letter: Letter, mailbox: Mailbox) -> Judgement | None:
    """What the named mail server found out about the sender. Headers of other servers are not believed."""
    said = letter.headers.get("authentication-results", "").lower()
    if not mailbox.authserv or said.split(";")[0].split(" ")[0].strip() != mailbox.authserv.lower():
        return None
    failed = [found for found in re.findall(r"\b(?:dmarc|dkim|spf)=\w+", said) if found.endswith("=fail")]
    if "dmarc=fail" in failed or {"dkim=fail", "spf=fail"} <= set(failed):
        return Judgement(Outcome.QUARANTINED, FORGED, {"words": ", ".join(failed)})
    return None
