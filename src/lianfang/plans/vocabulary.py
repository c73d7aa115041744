"""The words in which plans speak of evidence: what kinds there are, and what each may say."""

from collections.abc import Mapping
from typing import Literal

Kind = Literal[
    "test",
    "vaccination",
    "diagnosis",
    "contact_order",
    "arrival",
    "border_crossing",
    "area_stay",
    "temperature",
    "symptoms",
    "decision",
]
Colour = Literal["yellow", "red"]
GRAVITY: Mapping[Colour, int] = {"yellow": 1, "red": 2}

WITHDRAWN = "withdrawn"
"""The result of a row that supersedes another one and says that it never was."""

# What `result` may say; an empty set: a code of its own (a dose)
RESULTS: Mapping[Kind, frozenset[str]] = {
    "test": frozenset({"negative", "positive", "inconclusive"}),  # `subject` is the method: pcr, antigen, antibody
    "vaccination": frozenset(),  # the dose: 1, 2, 3; `subject` is the product
    "diagnosis": frozenset({"confirmed", "asymptomatic", "suspected", "recovered"}),
    "contact_order": frozenset(
        {"close", "second", "companion", "released"}
    ),  # `subject` is the order; companion: 时空伴随
    "arrival": frozenset({"high", "medium", "low"}),  # the level of where they came from, which `subject` names
    "border_crossing": frozenset({"entry", "exit"}),  # `subject` is the country
    "area_stay": frozenset({"high", "medium", "low"}),  # `subject` is the area
    "temperature": frozenset({"fever", "normal"}),  # `subject` is the reading
    "symptoms": frozenset({"present", "none"}),
    "decision": frozenset({"hold", "release"}),  # `subject` is the request that two officials have signed
}

# Ways by which evidence comes (the first part of its provenance) and that a rule may trust. A list that somebody typed
# (`run`, `account`) is not among them: it is kept and shown, and colours nobody.
WAYS = frozenset({"feed", "area", "trace", "certificate", "gate"})
