"""The values of the demo story. Everything refers to everything else by its index in the story's tuples."""

from datetime import date, datetime
from typing import Literal

import msgspec

Category = Literal["village", "estate", "office", "company", "vehicle", "shop", "school", "hospital", "motorway"]
Level = Literal["province", "city", "county", "town", "village", "unit"]
Role = Literal["worker", "clerk", "driver", "pupil", "other"]
Colour = Literal["yellow", "red"]
Verdict = Literal["pass", "observe", "refuse"]
Reason = Literal["ok", "hold_yellow", "hold_red", "fever"]
Answers = dict[str, str | int]


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of the tree. `key` is its division code, or `unit:N` for an institution, which has no code."""

    key: str
    parent_key: str | None
    code: str | None
    name: str
    level: Level


class Choice(msgspec.Struct, frozen=True):
    """One answer of a choice field."""

    value: str
    label: str
    label_en: str


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A field of a form, in the shape the API uses (msgspec.to_builtins gives that object)."""

    key: str
    type: Literal["text", "number", "choice"]
    label: str
    label_en: str
    required: bool
    remember: bool
    choices: tuple[Choice, ...] | None = None
    min: int | None = None
    max: int | None = None
    max_length: int | None = None


class Template(msgspec.Struct, frozen=True):
    """A form: what a door asks."""

    key: str
    name: str
    name_en: str
    fields: tuple[Field, ...]


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A door. `lat` and `lon` are WGS-84 degrees; `county` and `town` are the division codes it lies in."""

    unit_key: str
    name: str
    category: Category
    address: str
    lat: float
    lon: float
    template_key: str
    county: str
    town: str
    temperature_valid_min: int | None = None
    review: bool = False
    checkout: bool = False
    test_hours: int | None = None
    doses: int | None = None
    risk_days: int | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A resident. `home` and `work` are checkpoint indexes; a pupil's work is the school.

    `document_number` and `phone` (E.164) are normalised already; a small child carries a parent's phone number.
    """

    name: str
    document_type: str
    document_number: str
    phone: str
    born: date
    household: int
    home: int
    work: int | None
    role: Role


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Why a person's colour is not green within [starts, ends) (UTC)."""

    person: int
    colour: Colour
    rule: str
    plan: str
    reason_zh: str
    reason_en: str
    starts: datetime
    ends: datetime


class Visit(msgspec.Struct, frozen=True, gc=False):
    """A scan: person and checkpoint index, UTC time, answers (shared between visits: never change them), outcome.

    `hold` is the index of the hold that decided, None when the person passed. The temperature is the one that counted at this
    door, measured here or reused (`celsius_checkpoint`: index of the door where).
    """

    person: int
    checkpoint: int
    at: datetime
    answers: Answers
    verdict: Verdict = "pass"
    reason: Reason = "ok"
    hold: int | None = None
    celsius: float | None = None
    celsius_at: datetime | None = None
    celsius_checkpoint: int | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff; all sign in with the story's `password`."""

    username: str
    display_name: str
    role: Literal["admin", "clerk", "attendant", "importer"]
    unit_key: str
    title_zh: str
    title_en: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the demo knows. `units` stand after their parents, `visits` in the order of time.

    `door` is the checkpoint shown first, the one whose attendant is gate01; `tower` the one with tenants on its floors.
    """

    units: tuple[Unit, ...]
    templates: tuple[Template, ...]
    checkpoints: tuple[Checkpoint, ...]
    people: tuple[Person, ...]
    holds: tuple[Hold, ...]
    visits: tuple[Visit, ...]
    accounts: tuple[Account, ...]
    password: str
    door: int
    tower: int
