"""Ready-made forms, one JSON file each, for a unit to copy and change."""

from functools import cache
from importlib.resources import files

import msgspec

from lianfang.venues.model import CATEGORIES, GalleryForm

# in the order in which categories are offered everywhere
_ORDER = list(CATEGORIES)


@cache
def forms() -> tuple[GalleryForm, ...]:
    """Every form of the gallery."""
    found = [
        msgspec.json.decode(file.read_bytes(), type=GalleryForm)
        for file in files(__package__).iterdir()
        if file.name.endswith(".json")
    ]
    return tuple(sorted(found, key=lambda form: (_ORDER.index(form.category), form.key)))


def by_key(key: str) -> GalleryForm | None:
    return next((form for form in forms() if form.key == key), None)


def by_name(name: str) -> GalleryForm | None:
    """By the Chinese or the English name, capitals or not."""
    wanted = name.strip().casefold()
    return next((form for form in forms() if wanted in (form.name, form.name_en.casefold())), None)
