"""Which organisations are one house: those of one tree and one kind. A provider's customers are houses of their own."""

from .directory import directory


def house_of(organisation_id: int | None) -> int | None:
    """The topmost organisation above this one that is reached through its own kind only; None for an unknown one."""
    places = directory.get().organisations
    row = places.get(organisation_id) if organisation_id else None
    if row is None:
        return None
    top = row.pk
    for pk in row.lineage[1:]:
        if places[pk].kind != row.kind:
            break
        top = pk
    return top


def house_places(organisation_id: int) -> list[int]:
    """All organisations of the house of this one."""
    house = house_of(organisation_id)
    return [pk for pk in directory.get().organisations if house is not None and house_of(pk) == house]


def related(organisation_id: int) -> list[int]:
    """This organisation, those above it and those below it."""
    places = directory.get().organisations
    above = places[organisation_id].lineage if organisation_id in places else (organisation_id,)
    return [pk for pk, row in places.items() if pk in above or organisation_id in row.lineage]


def same_house(one: int | None, other: int | None) -> bool:
    """Are both organisations known and of one house?"""
    house = house_of(one)
    return house is not None and house == house_of(other)
