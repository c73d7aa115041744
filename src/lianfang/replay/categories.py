"""The kinds of places of check-in streams (Foursquare's names) as our checkpoint categories."""

from typing import Final

OURS: Final = frozenset(
    {"village", "estate", "office", "company", "vehicle", "shop", "school", "hospital", "motorway", "construction"}
    | {"public_place", "other"}
)
DEFAULT: Final = "public_place"

# The first line with a word that stands in the name decides.
_WORDS: Final = (
    ("hospital", ("Hospital", "Medical Center", "Doctor", "Dentist", "Emergency Room")),
    ("estate", ("Home (private)", "Residential", "Residence", "Housing", "Assisted Living")),
    ("school", ("School", "College", "University", "Student Center")),
    ("construction", ("Construction",)),
    ("motorway", ("Toll Plaza", "Rest Area")),
    ("vehicle", ("Bus Line", "Train", "Taxi", "Tram", "Cable Car")),
    ("office", ("Government", "City Hall", "Courthouse", "Police", "Post Office", "Voting", "Military")),
    ("shop", ("Store", "Shop", "Market", "Mall", "Pharmacy", "Deli", "Bakery", "Boutique", "Butcher", "Newsstand")),
    ("company", ("Office", "Startup", "Coworking", "Agency", "Factory", "Warehouse", "Distribution", "Services")),
)


def category(name: str) -> str:
    """Our category for a stream's name of one; `public_place` when nothing fits, ours are kept."""
    if name in OURS:
        return name
    return next((ours for ours, words in _WORDS if any(word in name for word in words)), DEFAULT)
