"""“Since when?” as people say it: today 08:00, hier 14h, lundi, 23/11 9h30, or an ISO instant."""

import re
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.folding import fold
from itsm.core.reachable import MESSAGE, is_reachable

TIME = re.compile(r"(?<!\d)(\d{1,2})\s*(?:[:h]\s*(\d{2})?)(?!\d)")
DAY = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{2,4}))?")
AGO = re.compile(r"(?:il y a\s+)?(\d{1,3})\s*(min|minutes?|h|heures?|hours?|j|jours?|days?)\b(?:\s+ago)?")
# The longer word first: the day before yesterday contains yesterday.
WORDS = {
    "avant-hier": 2,
    "aujourd'hui": 0,
    "aujourdhui": 0,
    "today": 0,
    "ce matin": 0,
    "this morning": 0,
    "hier": 1,
    "yesterday": 1,
    "demain": -1,
    "tomorrow": -1,
}
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# What may stand around a day and a time without changing them.
AROUND = frozenset(
    "a about afternoon am apres-midi apres around at au dans debut depuis dernier du early environ fin heure heures la last late le l"
    " matin matinee midi morning noon nuit on per since soir soiree the this tonight vers ce cette h".split()
)
UNITS = {"m": 60, "h": 3600, "j": 86400, "d": 86400}


class NotATime(ValueError):
    """The words name no instant; the message says what to write instead."""


def parse(text: str) -> datetime | None:
    """The instant that the words name, in the reader's zone; None for no words. NotATime when they name none."""
    words = fold(text).replace("’", "'")
    if not words:
        return None
    here = timezone.get_current_timezone()
    today = now().astimezone(here)
    try:
        iso = datetime.fromisoformat(text.strip())
        iso = iso if iso.tzinfo else iso.replace(tzinfo=here)
    except ValueError:
        pass
    else:
        if not is_reachable(iso):
            raise NotATime(str(MESSAGE))
        return iso
    ago = AGO.fullmatch(words)
    if ago and ("il y a" in words or "ago" in words):
        return today - timedelta(seconds=int(ago[1]) * UNITS[ago[2][0]])
    day = _day(words, today)
    clock = _time(DAY.sub(" ", words))
    if (day is None and clock is None) or _rest(words):
        raise NotATime(_("Write a day and a time, for example “today 08:00” or “23/11 14:30”."))
    hour, minute = clock or (8, 0)
    try:
        return (day or today).replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError as error:
        raise NotATime(_("This time does not exist. Write for example “08:30”.")) from error


def _day(words: str, today: datetime) -> datetime | None:
    date = DAY.search(words)
    if date:
        day, month, year = int(date[1]), int(date[2]), int(date[3] or today.year)
        try:
            return today.replace(day=day, month=month, year=year + 2000 if year < 100 else year)
        except ValueError as error:
            raise NotATime(_("This date does not exist. Write it as day/month.")) from error
    for word, back in WORDS.items():
        if word in words:
            return today - timedelta(days=back)
    for names in (DAYS, ENGLISH):
        for index, name in enumerate(names):
            if name in words:
                return today - timedelta(days=(today.weekday() - index) % 7)
    return None


def _rest(words: str) -> bool:
    """Is anything said that was not understood? A guess would be kept as a fact."""
    words = TIME.sub(" ", DAY.sub(" ", words))
    for word in (*WORDS, *DAYS, *ENGLISH):
        words = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", words)
    return bool(set(re.findall(r"[^\s,.;:!?']+", words)) - AROUND)


def _time(words: str) -> tuple[int, int] | None:
    found = TIME.search(words)
    return (int(found[1]), int(found[2] or 0)) if found else None
