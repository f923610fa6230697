"""What a person wrote anew: a mail without the mails that it quotes, and without its signature.

mail-parser-reply knows how mail programs of many languages announce a quoted mail. What it leaves, or would take too much of, is
handled here: rules of old and French programs, answers below the quotation, signatures that begin with the sender's name.
A signature is cut only at the end and only when it is short: better to keep a signature than to lose a sentence.
"""

import re

from mailparser_reply.parser import EmailMessage

LANGUAGES = ["fr", "en", "de", "es", "it", "nl"]
LONGEST, LONGEST_LINE = 20_000, 600
MOST_LINES, MOST_LETTERS = 14, 700
ENDINGS = " \t\xa0,.!*_-"
LABELS = r"From|Sent|Date|To|Subject|Cc|Reply-To|De|Envoyé|À|A|Objet|Répondre à|Von|Gesendet|An|Betreff|Datum|Enviado|Para|Asunto|Fecha|Da|Inviato|Oggetto|Data|Van|Verzonden|Aan|Onderwerp|От|Отправлено|Кому|Тема|Дата"
LABEL = re.compile(rf"^[>*_ ]*(?:{LABELS})[*_]*\s?:[*_]*(?:\s|$)")
SEPARATOR = re.compile(
    r"^[>\s]*(?:[-_=]{2,}\s*(?:original message|message d.origine|message transféré|forwarded message|begin forwarded message|"
    r"ursprüngliche nachricht|reply message|mensaje original|messaggio originale|oorspronkelijk bericht|[^\n]{2,40} ?wrote)\b[^\n]*|_{20,}|"
    r"[-_]{2,}\s*on\b[^\n]{8,200}\bwrote:|sent from my [^\n]{2,40}, *on\b[^\n]*wrote:)\s*$",
    re.IGNORECASE,
)
WROTE = re.compile(
    r"^[>\s]*(?:on\b.{6,300}\bwrote|le\b.{6,300}\ba écrit|am\b.{6,300}\bschrieb\b.{0,120}|el\b.{6,300}\bescribió|il\b.{6,300}\bha scritto|op\b.{6,300}\bschreef\b.{0,120}|\d.{6,300}\bнаписал\(?а?\)?)\s?:?\s*$",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
DATED = re.compile(
    r"^[>\s]*(?:\w{2,4}[,.]? ?)?\d{1,4}[./\- ]\S{1,12}[./\- ]\d{2,4}\b.{0,120}[<(]?\S+@[^\s>]+[>)]?\s*:\s*$", re.DOTALL
)
OPENED = re.compile(
    r"^[>\s]*(?:(?:on|le|am|el|il|op)\b|\d\d?\.\d\d?\.\d{2,4}).*(?:\d{4}|\d{1,2}:\d{2}|@)", re.IGNORECASE
)
CLOSING = re.compile(
    r"^(?:(?:bien |très )?cordialement|(?:bien à|sincères salutations|salutations|cdlt|cdt|bonne (?:journée|soirée|réception)|merci(?: d.avance| beaucoup)?)|"
    r"(?:kind |best |warm )?regards|best(?: wishes)?|thanks(?: again| a lot)?|thank you|many thanks|cheers|sincerely|yours sincerely|"
    r"mit freundlichen grüßen|viele grüße|saludos|cordiali saluti|met vriendelijke groet)\b[^\n]{0,12}$",
    re.IGNORECASE,
)
SENT_FROM = re.compile(
    r"^(?:sent (?:from|with|via)|envoyé (?:de|depuis|à partir)|gesendet von|get outlook for|obtenir outlook|télécharger outlook|enviado desde|inviato da|via mobile)\b",
    re.IGNORECASE,
)  # fmt: skip


def reply_of(text: str, *, sender: str = "") -> str:
    """What the sender wrote anew, without quotations and signature; everything when nothing would be left."""
    whole = _tidy(text)
    new = without_quotes(whole)
    return without_signature(new, sender=sender) or new or whole


def without_quotes(text: str) -> str:
    """The text without the mails that it answers, whether they stand below or above."""
    whole = _tidy(text)
    kept = _before_quotes(whole.split("\n"))
    if _between(whole[len(kept) :].split("\n")):
        return _unquoted(whole)
    said = _by_library(kept)
    if said:
        return said
    # Nothing above the quotation: the answer stands below it, or between its lines.
    return _unquoted(whole)


def without_signature(text: str, *, sender: str = "") -> str:
    """The text without a signature at its end. `sender`: the name that the mail gives, for signatures that begin with it."""
    lines = text.rstrip().split("\n")
    for number in range(max(0, len(lines) - MOST_LINES * 8), len(lines)):
        line = lines[number]
        if re.fullmatch(r"-- ?|--\s*|_{2,}|-{5,}", line.strip()) and _short(lines[number:], factor=2):
            return "\n".join(lines[:number]).rstrip()
    return _without_closing(lines, sender)


def _tidy(text: str) -> str:
    text = (
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").replace("\u200e", "").replace("\ufeff", "")
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def _before_quotes(lines: list[str]) -> str:
    """Up to where a quoted mail begins."""
    for number, line in enumerate(lines):
        if (
            number
            and SEPARATOR.match(line)
            and (not re.match(r"^[>\s]*_+\s*$", line) or _labels(lines, number + 1) >= 2)
        ):
            return "\n".join(lines[:number])
        if _labels(lines, number) >= 3 or _announced(lines, number):
            return "\n".join(lines[:number])
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    return "\n".join(lines[:end])


def _between(lines: list[str]) -> bool:
    """Does an answer stand between or below the lines that are quoted with `>`? Not what a list adds behind a rule."""
    quoted, said = False, 0
    for line in lines:
        if re.fullmatch(r"-- ?|[_-]{4,}", line):
            break
        if line.startswith(">"):
            quoted = True
        elif quoted:
            said += len(line.strip())
    return said >= 30


def _labels(lines: list[str], start: int) -> int:
    """How many lines like `From:`, `Sent:`, `To:` follow each other from here; a long one may go on in the next line."""
    found, other = 0, 0
    if start >= len(lines) or not LABEL.match(lines[start]):
        if start >= len(lines) or lines[start].strip():
            return 0
        return _labels(lines, start + 1) if start + 1 < len(lines) and LABEL.match(lines[start + 1]) else 0
    for line in lines[start : start + 14]:
        if LABEL.match(line):
            found, other = found + 1, 0
        elif not line.strip(" >") or other >= 3:
            break
        else:
            other += 1
    return found


def _announced(lines: list[str], number: int) -> bool:
    """Does a line such as `Le 3 mars, Claire a écrit :` begin here? Programs break it over up to four lines."""
    if DATED.match(lines[number][:LONGEST_LINE]):
        return _quoted_after(lines, number + 1)
    if not OPENED.match(lines[number][:LONGEST_LINE]):
        return False
    for more in range(1, 5):
        piece = lines[number : number + more]
        if len(piece) < more or not piece[-1].strip():
            return False
        if WROTE.match(" ".join(piece)[:LONGEST_LINE]):
            return piece[-1].rstrip().endswith(":") or _quoted_after(lines, number + more)
    return False


def _quoted_after(lines: list[str], start: int) -> bool:
    following = next((line for line in lines[start : start + 4] if line.strip()), "")
    return not following or following.lstrip().startswith(">") or start <= len(lines)


def _by_library(text: str) -> str:
    """What mail-parser-reply takes for the newest mail; texts that would cost its expressions too much are left as they are."""
    if len(text) > LONGEST or any(len(line) > LONGEST_LINE for line in text.split("\n")):
        return text.strip()
    found = EmailMessage(text=text, languages=list(LANGUAGES), keep_hyphen_lists=True).read()
    first = found.latest_reply or ""
    # The library strips the ends of lines, not their beginnings in our copy: take the same number of lines of ours.
    count = len(first.split("\n")) if first else 0
    return "\n".join(text.strip().split("\n")[:count]).strip()


def _unquoted(text: str) -> str:
    lines, kept, number = text.split("\n"), [], 0
    while number < len(lines):
        step = next((more for more in range(1, 5) if _is_announcement(lines, number, more)), 0)
        if step:
            number += step
            continue
        line = lines[number]
        if not line.lstrip().startswith(">") and not SEPARATOR.match(line):
            kept.append(line)
        number += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _is_announcement(lines: list[str], number: int, more: int) -> bool:
    piece = lines[number : number + more]
    text = " ".join(piece)[:LONGEST_LINE]
    return (
        len(piece) == more
        and all(line.strip() for line in piece)
        and bool(WROTE.match(text) or (more == 1 and DATED.match(text)))
    )


def _short(lines: list[str], *, factor: int = 1) -> bool:
    filled = [line for line in lines if line.strip()]
    return len(filled) <= MOST_LINES * factor and sum(map(len, filled)) <= MOST_LETTERS * factor


def _without_closing(lines: list[str], sender: str) -> str:
    """From the first line, near the end, that only says good-bye, names the sender, or advertises the mail program."""
    names = {sender.strip().casefold(), *(part.casefold() for part in sender.split() if len(part) > 2)} - {""}
    for number in range(max(1, len(lines) - MOST_LINES * 2), len(lines)):
        line = lines[number].strip()
        # No expression here: one that looks for the end of such a run costs the square of its length.
        said = re.sub(r"^#?sig#?", "", line).rstrip(ENDINGS).strip(" ,.*_-")
        after = lines[number - 1].strip() == ""
        name = (
            bool(names)
            and len(said) <= 60
            and (said.casefold() in names or said.casefold().startswith(sender.casefold().strip() or "\0"))
        )
        fits = SENT_FROM.match(line) or CLOSING.match(line) or (name and after) or line.startswith("#sig#")
        if fits and _short(lines[number:]) and (SENT_FROM.match(line) or not _sentences(lines[number + 1 :])):
            return "\n".join(lines[:number]).rstrip()
    return "\n".join(lines).rstrip()


def _sentences(lines: list[str]) -> bool:
    """Does prose follow, rather than names, numbers and addresses?"""
    return any(len(line.split()) > 9 and re.search(r"[.?!]\s*$", line) for line in lines)
