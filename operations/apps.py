from django.apps import AppConfig


class Config(AppConfig):
    name = "operations"

    def ready(self):
        from . import entries, shortcuts  # noqa: F401 - its lines of the navigation, its keys
        from .control import cards
        from .control.backups import card as backups_card
        from .control.backups import door as backups_door  # noqa: F401 - what comes in registers itself
        from .control.backups import panels as backups_panels  # noqa: F401 - what an item's page shows
        from .control.consoles import alertpage, card, palette, panels  # noqa: F401 - numbers, the card, what is found and shown
        from .control.consoles import door as consoles_door  # noqa: F401 - what systems say registers itself
        from .control.printing import card as printing_card
        from .control.printing import paging  # noqa: F401 - its door registers itself
        from .control.printing import panels as printing_panels  # noqa: F401 - what an item's page shows
        from .control.runbooks import panels as runbook_panels  # noqa: F401 - what an item's page shows
        from .control.scheduling import card as plan_card  # noqa: F401 - its part of the page of operations
        from .control.scheduling import panels as job_panels  # noqa: F401
        from .control.shifts import cards as shift_cards  # noqa: F401 - on the page of operations
        from .control.shifts import gathering as shift_summary  # noqa: F401
        from .control.shifts import machines as shift_machines  # noqa: F401 - registers itself with the outbox
        from .control.shifts import roster as shift_roster  # noqa: F401 - routing asks whose shift it is
        from .control.shifts import undone as shift_leftovers  # noqa: F401

        cards.register(cards.Card("backups", 10, "side", "operations.read", backups_card.draw, topics=("backups",)))
        cards.register(cards.Card("printing", 20, "side", "operations.read", printing_card.draw, topics=("printing",)))
