"""A day of checks on paper: a PDF that Typst sets. The words go in as data, never as markup."""

import json
from datetime import date

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.core import durations, now
from itsm.people.directory import directory
from itsm.people.models import User

from . import checking
from .models import CheckList

PAGE = """
#let d = json(bytes(sys.inputs.data))
#set document(title: d.title)
#set page(paper: "a4", margin: (x: 18mm, y: 18mm), footer: context [#set text(8pt, fill: rgb("#5b6675")); #d.footer #h(1fr) #counter(page).display("1 / 1", both: true)])
#set text(font: ("Inter", "Libertinus Serif"), size: 9.5pt, lang: d.lang)
#text(16pt, weight: "bold")[#d.title]
#v(-2mm)
#text(10pt, fill: rgb("#5b6675"))[#d.subtitle]
#v(3mm)
#let tone = (green: rgb("#1a7f43"), amber: rgb("#9a6700"), red: rgb("#b42318"), grey: rgb("#5b6675"))
#for group in d.groups [
  #v(2mm)
  #text(11pt, weight: "bold")[#group.name]
  #table(
    columns: (3fr, 1.3fr, 3fr, 2fr), stroke: 0.4pt + rgb("#d5dbe3"), inset: 5pt,
    table.header(..d.heads.map(h => text(weight: "bold", h))),
    ..group.rows.map(r => (r.name, text(weight: "bold", fill: tone.at(r.tone), r.colour), r.note, r.who)).flatten(),
  )
]
"""


def checks(checklist: CheckList, day: date, *, reader: User) -> bytes:
    """The PDF of a list on a day, for somebody: tickets that they may not see are not named."""
    rows = checking.named(checking.rows_of(checklist, day), reader)
    done, total = checking.progress(rows)
    groups: dict[str, list[dict]] = {}
    for row in rows:
        result = row["result"]
        who = ""
        if result:
            who = result.by.display_name if result.by_id else _("By rule")
            who = f"{who}, {durations.time_text(result.at)}"
        note = result.note if result else ""
        if row["record"]:
            note = f"{note} {row['record'].number}".strip()
        groups.setdefault(row["check"].group, []).append(
            {"name": row["check"].name, "colour": str(row["words"]), "tone": row["tone"], "note": note, "who": who}
        )
    organisation = directory.get().organisations.get(checklist.organisation_id)
    data = {
        "title": checklist.name, "lang": (get_language() or "fr")[:2],
        "subtitle": _("%(day)s · %(done)s of %(total)s done") % {"day": durations.day_text(day), "done": done, "total": total},
        "groups": [{"name": name, "rows": found} for name, found in groups.items()],
        "heads": [_("Check"), _("Colour"), _("Remark"), _("By")],
        "footer": f"{organisation.name if organisation else ''} · {durations.date_text(now())} {durations.time_text(now())}",
    }  # fmt: skip
    return typst.compile(PAGE.encode(), sys_inputs={"data": json.dumps(data)})
