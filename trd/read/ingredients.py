"""Do two names of ingredients mean one drug?

A combination is named by its parts ("bupropion / naltrexone").
"""

from typing import Final

_JOINT: Final = " / "
_SKIN: Final = " transdermal"


def parts_of(ingredient: str) -> frozenset[str]:
    """Return the ingredients a name joins: itself where it is no combination."""
    return frozenset(ingredient.split(_JOINT))


def is_combination(ingredient: str) -> bool:
    """Say whether a name joins several ingredients."""
    return _JOINT in ingredient


def share_a_part(one: str, other: str) -> bool:
    """Say whether two ingredients are one, or one is part of the other, in whatever form."""
    return not _in_any_form(one).isdisjoint(_in_any_form(other))


def _in_any_form(ingredient: str) -> frozenset[str]:
    return parts_of(ingredient.removesuffix(_SKIN))
