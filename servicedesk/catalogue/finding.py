"""The catalogue in the search of the portal."""

from django.utils.translation import gettext_lazy

from itsm.web.finding import Answer, Asked
from itsm.web.palette import Hit, Source, register

from .shelves import shelves_for

MOST = 100  # a catalogue is looked through, not paged


def items(asked: Asked) -> Answer:
    """What the reader may order, by its words in either language."""
    cards = [card for shelf in shelves_for(asked.user, asked.text) for card in shelf.cards] if asked.text else []
    hits = [Hit(card.url, card.name, card.summary, card.icon) for card in cards]
    return Answer(hits[: MOST if asked.alone else asked.size], total=len(hits))


register(Source("catalogue", gettext_lazy("Catalogue"), "", 15, "portal.use", None, page=items, place="portal"))
