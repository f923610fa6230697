"""Reasons, sizes and looks in words."""

from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from itsm.core.durations import short

RESULT = {
    "ok": ("green", "check"), "warning": ("amber", "alert-triangle"), "failed": ("red", "x"), "missed": ("red", "clock-off"), "": ("grey", "minus"),
}  # fmt: skip
STATE = {
    "requested": ("blue", "calendar"),
    "started": ("violet", "progress"),
    "done": ("green", "check"),
    "cancelled": ("grey", "x"),
}
VERDICT = {"passed": ("green", "check"), "above": ("amber", "alert-triangle"), "failed": ("red", "x")}
UNITS_FR, UNITS_EN = ("o", "ko", "Mo", "Go", "To", "Po"), ("B", "kB", "MB", "GB", "TB", "PB")


def size_text(size: int | None) -> str:
    """`6,5 Mo`, `6.5 MB`; an empty string for None."""
    if size is None:
        return ""
    units = UNITS_FR if (get_language() or "fr").startswith("fr") else UNITS_EN
    value, step = float(size), 0
    while value >= 1000 and step < len(units) - 1:
        value, step = value / 1000, step + 1
    digits = 0 if step == 0 or value >= 100 else 1
    return f"{number_format(value, digits)}\u00a0{units[step]}"


def reason_text(reason: dict) -> str:
    """Why a run is not green."""
    code, n = reason.get("code", ""), reason.get("n", 0)
    paths = ", ".join(reason.get("paths", ()))
    if code == "errors":
        return ngettext("The program tells of %(n)d error.", "The program tells of %(n)d errors.", n) % {"n": n}
    if code == "warnings":
        return ngettext("The program tells of %(n)d warning.", "The program tells of %(n)d warnings.", n) % {"n": n}
    sentences = {
        "exit_status": _("Exit status %(status)s.") % {"status": reason.get("status")},
        "partial": _("Exit status %(status)s: a copy was made, but not of everything.") % {"status": reason.get("status")},
        "no_copy": _("No copy was made."),
        "empty": _("The copy holds no file."),
        "missing_paths": _("Not found at the source: %(paths)s.") % {"paths": paths},
        "paths_not_in_copy": _("Of the plan, but not in the copy: %(paths)s.") % {"paths": paths},
        "paths_unknown": _("The report does not say which paths the copy holds: have the list of snapshots sent with it."),
        "few_files": _("%(files)s files; the plan asks for %(least)s at least.") % {"files": _n(reason, "files"), "least": _n(reason, "least")},
        "files_dropped": _("%(files)s files instead of the usual %(usual)s.") % {"files": _n(reason, "files"), "usual": _n(reason, "usual")},
        "growth": _("%(added)s of new data instead of the usual %(usual)s.")
        % {"added": size_text(reason.get("added")), "usual": size_text(reason.get("usual"))},
        "change_rate": _("%(percent)s %% of the files changed instead of the usual %(usual)s %%.")
        % {"percent": reason.get("percent"), "usual": reason.get("usual")},
        "clock_ahead": _("The clock of its machine is %(time)s ahead: when the copy was made is not certain.") % {"time": short(60 * reason.get("minutes", 0))},
        "silence": _("Nothing was heard %(time)s after the start that was planned.") % {"time": short(60 * reason.get("minutes", 0))},
    }  # fmt: skip
    return sentences.get(code, code)


def _n(reason: dict, name: str) -> str:
    return number_format(reason.get(name, 0), force_grouping=True)
