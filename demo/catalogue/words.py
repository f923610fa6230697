"""Short words to write forms, rules and plans with: French first, then English."""


def two(fr: str, en: str) -> dict:
    return {"fr": fr, "en": en}


def ask(key: str, kind: str, fr: str, en: str, *, help=None, **more) -> dict:
    """A question that need not be answered."""
    field = {"key": key, "type": kind, "label": two(fr, en)} | more
    return field | ({"help": two(*help)} if help else {})


def need(key: str, kind: str, fr: str, en: str, **more) -> dict:
    """A question that must be answered."""
    return ask(key, kind, fr, en, required=True, **more)


def among(*rows: tuple[str, str, str]) -> list[dict]:
    return [{"value": value, "label": two(fr, en)} for value, fr, en in rows]


def when(field: str, value, op: str = "equals") -> dict:
    return {"all": [{"field": field, "is": op, "value": value}]}


def from_(source: str) -> dict:
    return {"from": source}


def stage(*asked, fr: str, en: str, due: int = 16, quorum="all", **more) -> dict:
    """A stage: reminded half way, escalated when it expires."""
    people = [{"who": each} if isinstance(each, str) else each for each in asked]
    return {"name": two(fr, en), "ask": people, "quorum": quorum, "due": due, "remind": due // 2, "on_expiry": "escalate"} | more  # fmt: skip


def manager(**more) -> dict:
    return stage("manager", fr="Accord du responsable", en="Manager’s agreement", **more)


def team(code: str) -> dict:
    return {"who": "team", "code": code}


def task(key: str, team: str, fr: str, en: str, *, after=(), due: int = 8, **more) -> dict:
    """A task of a team, due so many business hours after it opens."""
    return {"key": key, "title": two(fr, en), "team": team, "depends_on": list(after), "due": due} | more


def step(key: str, kind: str, fr: str, en: str, *, after=(), when=None, **given) -> dict:
    """A task that is done by itself."""
    found = {"key": key, "title": two(fr, en), "depends_on": list(after), "action": {"kind": kind} | given}
    return found | ({"when": when} if when else {})


def item(key: str, shelf: str, icon: str, name, summary, fields, **more) -> dict:
    return {"key": key, "shelf": shelf, "icon": icon, "name": name, "summary": summary, "fields": fields} | more
