"""What the first page of the networks says: how much there is, and which prefixes are nearly full."""

from django.core.cache import cache

from itsm.people.scope import scope_of

from .models import VLAN, VRF, Cable, Interface, IPAddress, Prefix
from .usage import fullest

CAP = 1000
SHOWN = 8
SECONDS = 60


def counts(user) -> list[tuple[str, int]]:
    """How many of each the reader may see, up to the cap."""
    kinds = (("prefixes", Prefix), ("addresses", IPAddress), ("vlans", VLAN), ("vrfs", VRF))
    found = [(name, model.objects.visible_to(user)) for name, model in kinds]
    found += [("interfaces", Interface.objects.visible_to(user).present()), ("cables", Cable.objects.visible_to(user))]
    return [(name, len(rows.order_by().values_list("pk")[: CAP + 1])) for name, rows in found]


def fullest_of(user) -> list[tuple[Prefix, object]]:
    """The fullest prefixes, read at most once a minute for readers of the same organisations."""
    scope = scope_of(user)
    key = f"networks-fullest:{'all' if scope.everything else hash(scope.organisations)}"
    try:
        found = cache.get(key)
    except Exception:  # without the cache it is read each time
        found = None
    if found is None:
        found = fullest(Prefix.objects.visible_to(user), SHOWN)
        try:
            cache.set(key, found, SECONDS)
        except Exception:  # noqa: S110 - read again next time
            pass
    return found
