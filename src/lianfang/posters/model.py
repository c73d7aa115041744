"""What is printed, and how it stands on the paper."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from lianfang.venues.model import Category

Layout = Literal["a4", "a5", "sticker"]
PER_PAGE: dict[Layout, int] = {"a4": 1, "a5": 2, "sticker": 21}

POSTERS_MAX = 50_000
"""In one run; a province has fewer checkpoints."""


class PosterFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose posters: the open checkpoints of a unit and everything below it (null: of the account's whole area), narrowed
    by category, a part of the name, and the day since which they exist."""

    unit_id: int | None = None
    category: Category | None = None
    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    since: date | None = None


class PosterRequest(PosterFilter, frozen=True, forbid_unknown_fields=True):
    """Which posters to print, on what."""

    layout: Layout = "a4"


class PosterCount(msgspec.Struct, frozen=True):
    """How many posters a filter finds, and for the preview the first of them."""

    posters: int
    first: str | None
    """The first checkpoint's name."""


class Poster(msgspec.Struct, frozen=True):
    """One checkpoint on paper."""

    name: str
    unit: str
    code: str
    link: str


class Printed(msgspec.Struct, frozen=True):
    """What was printed. `unprintable` counts posters with a character that the font lacks: it prints as a box. The first
    of them are named."""

    posters: int
    pages: int
    unprintable: int
    unprintable_names: list[str]


def pages(posters: int, layout: Layout) -> int:
    return -(-posters // PER_PAGE[layout])
