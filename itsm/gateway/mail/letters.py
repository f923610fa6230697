"""A raw mail as a Letter. Nothing in a mail may stop this: what is only odd is read as well as it can be, what cannot be read says why.

The old policy of Python's parser is used on purpose: the new one raises on headers and charsets that real mails have.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime

from django.utils.translation import gettext_noop

from . import plain

CHARSETS = {
    "iso-gb2312": "gb18030", "gb2312": "gb18030", "gbk": "gb18030", "x-sjis": "cp932", "shift_jis": "cp932", "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "ansi": "cp1252",
    "iso-8859-1": "cp1252", "us-ascii": "ascii", "cp-850": "cp850", "x-mac-roman": "mac-roman", "binary": "latin-1", "windows-874": "cp874",
}  # fmt: skip
MOST_PARTS, MOST_ADDRESSES, MOST_REFERENCES = 200, 100, 60
# A mail of some megabytes may hold headers without end: reading one costs the square of its length.
LONGEST_HEADER, MOST_HEADERS, MOST_BOUNDARIES = 32_000, 20_000, 50_000
LONGEST_TEXT = 200_000
MESSAGE_ID = re.compile(r"<[^<>\s]{3,190}>")
REPLY = re.compile(r"^\s*(?:(?:re|réf|rép|aw|sv|antw|odp|res|r)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)
FORWARD = re.compile(r"^\s*(?:fwd?|tr|wg|rv|i)\s*[:：]\s*", re.IGNORECASE)
BLANKS = re.compile(r"\s+")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
# A mail that lost its boundary has lost what stood behind it.
BROKEN = ("StartBoundaryNotFoundDefect", "NoBoundaryInMultipartDefect", "MultipartInvariantViolationDefect")
UNKNOWN_CHARSET = gettext_noop("The mail names a character set that is not known: %(name)s")
NO_SENDER = gettext_noop("The mail has no sender that could be answered")
IN_PIECES = gettext_noop("The mail is broken: its parts cannot be told from each other")
EMPTY = gettext_noop("The mail holds nothing")
TOO_MUCH = gettext_noop("The mail has more headers or parts than any mail")


class Unreadable(Exception):
    """What cannot be read and why: a text for `gettext`, and what is put in it."""

    def __init__(self, reason: str, **values):
        super().__init__(reason)
        self.reason, self.values = reason, values


@dataclass(frozen=True)
class File:
    """One attachment or inline picture."""

    name: str
    content_type: str
    content: bytes


@dataclass
class Letter:
    """What a mail says."""

    message_id: str = ""
    references: list[str] = field(default_factory=list)
    sender: str = ""
    sender_name: str = ""
    others: list[str] = field(default_factory=list)
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    report: list[Message] = field(default_factory=list)
    is_report: bool = False
    problem: Unreadable | None = None

    @property
    def bare_subject(self) -> str:
        """Without the `Re:` and `Tr:` of mail programs."""
        found = self.subject
        while (shorter := FORWARD.sub("", REPLY.sub("", found))) != found:
            found = shorter
        return found.strip()


KEPT_HEADERS = (
    "auto-submitted", "precedence", "x-auto-response-suppress", "return-path", "list-id", "list-unsubscribe", "x-autoreply", "x-autorespond",
    "x-loop", "x-vigie-loop", "authentication-results", "content-type", "x-failed-recipients", "feedback-id", "x-mailer",
)  # fmt: skip


def read(raw: bytes) -> Letter:
    """The letter in these bytes. Never raises for what a mail holds; `problem` says why a letter cannot be used."""
    letter = Letter()
    try:
        _read(raw, letter)
    except Unreadable as problem:
        letter.problem = problem
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, AssertionError) as error:
        letter.problem = Unreadable(gettext_noop("The mail cannot be read: %(name)s"), name=type(error).__name__)
    return letter


def key_of(letter: Letter, raw: bytes) -> str:
    """The same for the same mail, whichever way and how often it comes; never the same for two that say different things."""
    _head, _blank, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    said = "\0".join([letter.message_id, letter.sender, letter.subject, letter.date.isoformat() if letter.date else ""])
    return hashlib.sha256(said.encode("utf-8", "replace") + b"\0" + body.strip()).hexdigest()


class _Bounded(Compat32):
    """The old policy, for a mail that does not mean well: long headers are cut, and there is an end to their number."""

    def header_source_parse(self, sourcelines):
        count = self.__dict__["count"] = self.__dict__.get("count", 0) + 1
        if count > MOST_HEADERS:
            raise Unreadable(TOO_MUCH)
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


def _read(raw: bytes, letter: Letter) -> None:
    if raw.count(b"\n--") > MOST_BOUNDARIES and b"multipart/" in raw.lower():
        raise Unreadable(TOO_MUCH)
    message = message_from_bytes(raw, policy=_Bounded())
    _read_headers(message, letter)
    if not letter.sender and not letter.is_report:
        _parts(message, letter, quietly=True)
        raise Unreadable(NO_SENDER)
    _parts(message, letter)
    if not (letter.text or letter.files or letter.subject):
        raise Unreadable(EMPTY)


def _read_headers(message: Message, letter: Letter) -> None:
    for name in KEPT_HEADERS:
        values = message.get_all(name)
        if values:
            letter.headers[name] = words(values[0])[:1000]
    letter.message_id = first_id(_raw(message, "message-id"))
    answered = MESSAGE_ID.findall(_raw(message, "in-reply-to"))
    letter.references = list(dict.fromkeys([*answered, *reversed(MESSAGE_ID.findall(_raw(message, "references")))]))
    letter.references = letter.references[:MOST_REFERENCES]
    letter.sender_name, letter.sender = _sender(message)
    letter.others = [
        address for _name, address in _addresses(message, "to", "cc", "resent-to") if address != letter.sender
    ]
    letter.subject = words(message.get("subject", ""))[:500]
    letter.date = _date(_raw(message, "date"))
    letter.is_report = (
        message.get_content_type() == "multipart/report" and words(message.get_param("report-type") or "").lower() == "delivery-status"
    )  # fmt: skip


def first_id(text: str) -> str:
    """The first message id of a header; some programs write it without its brackets."""
    found = MESSAGE_ID.search(text)
    if found:
        return found[0]
    bare = text.strip().strip("<>").split()
    return f"<{bare[0][:190]}>" if bare and "@" in bare[0] else ""


def words(value) -> str:
    """A header as one line of text, whatever it is encoded in; characters that nothing explains become question marks."""
    try:
        pieces = decode_header(value)
    except Exception:  # the header is no encoded text after all
        pieces = [(str(value), None)]
    said = "".join(piece if isinstance(piece, str) else _decoded(piece, charset) for piece, charset in pieces)
    return clean(BLANKS.sub(" ", _repaired(said))).strip()


def clean(text: str) -> str:
    """The text without control characters, and without what PostgreSQL or a page would stumble over."""
    return CONTROLS.sub("", text).encode("utf-8", "replace").decode()


def _raw(message: Message, name: str) -> str:
    return clean(BLANKS.sub(" ", _repaired(str(message.get(name, "")))))


def _repaired(text: str) -> str:
    """Raw eight-bit bytes in a header come as surrogates."""
    try:
        loose = text.encode("ascii", "surrogateescape") if not text.isascii() else b""
    except UnicodeEncodeError:
        return text
    return _guessed(loose) if loose else text


def _guessed(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _decoded(content: bytes, charset: str | None) -> str:
    if not charset or charset.lower() in ("unknown-8bit", "8bit", "unknown"):
        return _guessed(content)
    try:
        return content.decode(CHARSETS.get(charset.lower(), charset), "replace")
    except (LookupError, ValueError):
        return _guessed(content)


def _sender(message: Message) -> tuple[str, str]:
    for name in ("from", "sender", "reply-to"):
        found = _addresses(message, name)
        if found:
            return found[0]
    return "", ""


def _addresses(message: Message, *names: str) -> list[tuple[str, str]]:
    """Names and lower-case addresses; what is no address is left out."""
    found = []
    for name in names:
        values = [BLANKS.sub(" ", _repaired(str(value))) for value in message.get_all(name, [])]
        for person, address in getaddresses(values[:20])[:MOST_ADDRESSES] or []:
            address = clean(address).strip().strip("<>").lower()
            if re.fullmatch(r"[^@\s<>,;:\"()]{1,64}@[^@\s<>,;:\"()]{1,189}", address):
                found.append((words(person)[:150].strip("\"' "), address))
        if (
            not found and values and name == "from"
        ):  # an address stands in it, but the header is none that a parser takes
            loose = re.search(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}", values[0])
            if loose:
                found.append(("", loose[0].lower()))
    return found


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _parts(message: Message, letter: Letter, *, quietly: bool = False) -> None:
    texts, htmls = [], []
    try:
        for number, part in enumerate(_leaves(message, letter)):
            if number >= MOST_PARTS:
                break
            _take(part, letter, texts, htmls)
    except Unreadable:
        if not quietly:
            raise
    letter.html = "\n".join(htmls)[: plain.LONGEST]
    text = "\n\n".join(each for each in texts if each.strip())
    if not text.strip() and letter.html:
        text = plain.text_of(letter.html)
    letter.text = clean(text.replace("\r\n", "\n"))[:LONGEST_TEXT].strip()
    if not letter.text and not letter.files and _is_broken(message) and not quietly:
        raise Unreadable(IN_PIECES)


def _leaves(message: Message, letter: Letter):
    """The parts with content, in order; of alternatives all, of a mail in the mail the whole as a file."""
    kind = message.get_content_type()
    if letter.is_report and kind in ("message/delivery-status", "message/rfc822", "text/rfc822-headers"):
        letter.report.append(message)
        return
    if kind == "message/rfc822" or (kind.startswith("message/") and message.is_multipart()):
        letter.files.append(_enclosed(message))
        return
    payload = message.get_payload()
    if message.is_multipart() and isinstance(payload, list):
        for each in payload:
            yield from _leaves(each, letter)
    elif not isinstance(payload, list) and message.get_content_maintype() != "multipart":
        yield message


def _take(part: Message, letter: Letter, texts: list[str], htmls: list[str]) -> None:
    kind, name = part.get_content_type(), _file_name(part)
    how = words(part.get("content-disposition", "")).split(";")[0].strip().lower()
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    if kind in ("text/plain", "text/html") and how != "attachment" and not name:
        said = _body(content, part)
        (texts if kind == "text/plain" else htmls).append(said)
    elif content:
        letter.files.append(File(name or _name_for(kind), kind, content))


def _body(content: bytes, part: Message) -> str:
    charset = _charset(part)
    if not charset:
        return _guessed(content)
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):
        pass
    if content.isascii():
        return content.decode("ascii")
    raise Unreadable(UNKNOWN_CHARSET, name=charset[:60])


def _charset(part: Message) -> str:
    try:
        named = words(part.get_content_charset() or "").lower().strip("\"' ")
    except (LookupError, ValueError):
        named = ""
    return "" if named in ("unknown-8bit", "8bit", "default") else CHARSETS.get(named, named)


def _file_name(part: Message) -> str:
    try:
        found = part.get_filename()
    except (ValueError, TypeError, LookupError, AttributeError):
        found = None
    return words(found)[:150] if found else ""


def _name_for(kind: str) -> str:
    endings = {
        "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "text/html": "html", "text/plain": "txt", "text/calendar": "ics",
        "application/pdf": "pdf", "text/csv": "csv", "application/pkcs7-mime": "p7m", "application/pkcs7-signature": "p7s",
    }  # fmt: skip
    return f"{'image' if kind.startswith('image/') else 'file'}.{endings.get(kind, 'bin')}"


def _enclosed(message: Message) -> File:
    payload = message.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else message
    try:
        content = inner.as_bytes()
    except Exception:  # the library cannot write everything that it reads
        content = str(payload)[:100_000].encode("utf-8", "replace")
    subject = words(inner.get("subject", ""))[:80] if isinstance(inner, Message) else ""
    return File(f"{subject or 'mail'}.eml", "message/rfc822", content)


def _is_broken(message: Message) -> bool:
    return any(type(defect).__name__ in BROKEN for part in message.walk() for defect in part.defects)
