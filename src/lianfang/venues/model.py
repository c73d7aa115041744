"""Checkpoints and form templates."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from lianfang.kit.errors import Text
from lianfang.requirements.model import Doses, RiskDays, TestHours

Category = Literal[
    "village",
    "estate",
    "office",
    "company",
    "vehicle",
    "shop",
    "school",
    "hospital",
    "motorway",
    "construction",
    "public_place",
    "other",
]
CATEGORIES: dict[Category, Text] = {
    "village": Text("村庄", "Village"),
    "estate": Text("小区", "Estate"),
    "office": Text("机关单位", "Office"),
    "company": Text("企业", "Company"),
    "vehicle": Text("车辆", "Vehicle"),
    "shop": Text("商铺", "Shop"),
    "school": Text("学校", "School"),
    "hospital": Text("医院", "Hospital"),
    "motorway": Text("高速路口", "Motorway"),
    "construction": Text("工地", "Building site"),
    "public_place": Text("公共场所", "Public place"),
    "other": Text("其他", "Other"),
}
FieldType = Literal["text", "number", "choice", "date", "document", "phone"]
FieldKey = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
ChoiceValue = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of a choice field's answers."""

    value: ChoiceValue
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    label_en: Annotated[str, msgspec.Meta(max_length=80)] = ""


class ShowWhen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition: the earlier choice field `field` is itself shown and is answered with one of the values `equals`."""

    field: FieldKey
    equals: Annotated[list[ChoiceValue], msgspec.Meta(min_length=1, max_length=40)]


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of a form. `min`, `max` bound numbers; `max_length` bounds text (characters). A field with `show_when`
    is asked only where its condition holds; hidden, it is neither required nor stored."""

    key: FieldKey
    type: FieldType
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    label_en: Annotated[str, msgspec.Meta(max_length=80)] = ""
    required: bool = True
    remember: bool = False
    help: Annotated[str, msgspec.Meta(max_length=200)] = ""
    help_en: Annotated[str, msgspec.Meta(max_length=200)] = ""
    choices: Annotated[list[Choice], msgspec.Meta(max_length=40)] = []
    min: float | None = None
    max: float | None = None
    max_length: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    show_when: ShowWhen | None = None


class Template(msgspec.Struct, frozen=True):
    """A form. Never changes once stored: visits keep the one they answered."""

    id: int
    name: str
    name_en: str
    version: int
    fields: list[Field]


class ListedTemplate(Template, frozen=True, kw_only=True):
    """The newest version of a form, as the console lists it. The counts are of checkpoints within the account's area;
    `unit_name` is null and `own` false where the form belongs to a unit above, which alone may change it."""

    unit_id: int
    unit_name: str | None
    own: bool
    created_at: datetime
    checkpoints: int
    """that use this version"""
    outdated: int
    """that still use an older one"""


class TemplateVersion(Template, frozen=True, kw_only=True):
    """One version of a form, and how many checkpoints of the account's area use it."""

    created_at: datetime
    checkpoints: int


class GalleryForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ready-made form. `about` says what it is good for."""

    key: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name_en: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    about: str
    about_en: str
    category: Category
    fields: Annotated[list[Field], msgspec.Meta(min_length=1, max_length=20)]


class AdoptForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which ready-made form to copy into which unit."""

    key: str
    unit_id: int


class MoveCheckpoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which checkpoints change to a version: those of `from_id`, another version of the same form; null: of any other."""

    from_id: int | None = None


class CheckpointsMoved(msgspec.Struct, frozen=True):
    moved: int


class NewTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form to store; with a name that the unit already uses it becomes that form's next version. `based_on` is the
    version that the writer began with: where somebody else has published another one since, it is refused."""

    unit_id: int
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name_en: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    fields: Annotated[list[Field], msgspec.Meta(max_length=20)]
    based_on: int | None = None


class StoredCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint as the database lists it."""

    id: int
    unit_id: int
    unit_name: str
    name: str
    category: Category
    address: str
    lat: float | None
    lon: float | None
    template_id: int
    template_name: str
    code: str
    open: bool
    temperature_valid_min: int | None
    review: bool
    checkout: bool
    test_hours: int | None
    doses: int | None
    risk_days: int | None
    created_at: datetime
    ord: int


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint as the console shows it. lat and lon are WGS-84 degrees; `link` is what its QR code says.

    `temperature_valid_min`: how old a temperature measured at any checkpoint may be to be reused here, in minutes (0: always
    measured anew; null: none is taken). `review`: an attendant decides each scan. `checkout`: people say when they leave.
    `test_hours`, `doses`, `risk_days`: what is required of everybody (null: not asked), a negative nucleic-acid test no older, so
    many doses of a vaccine, no stay in an area of medium or high risk within so many days.
    """

    id: int
    unit_id: int
    unit_name: str
    name: str
    category: Category
    address: str
    lat: float | None
    lon: float | None
    template_id: int
    template_name: str
    code: str
    link: str
    open: bool
    temperature_valid_min: int | None
    review: bool
    checkout: bool
    test_hours: int | None
    doses: int | None
    risk_days: int | None
    created_at: datetime


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Address = Annotated[str, msgspec.Meta(max_length=200)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=1440)]


class NewCheckpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checkpoint to create."""

    unit_id: int
    name: Name
    category: Category
    template_id: int
    address: Address = ""
    lat: Latitude | None = None
    lon: Longitude | None = None
    temperature_valid_min: Minutes | None = None
    review: bool = False
    checkout: bool = False
    test_hours: TestHours | None = None
    doses: Doses | None = None
    risk_days: RiskDays | None = None


class CheckpointChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes; absent fields stay."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    category: Category | msgspec.UnsetType = msgspec.UNSET
    template_id: int | msgspec.UnsetType = msgspec.UNSET
    address: Address | msgspec.UnsetType = msgspec.UNSET
    lat: Latitude | msgspec.UnsetType | None = msgspec.UNSET
    lon: Longitude | msgspec.UnsetType | None = msgspec.UNSET
    open: bool | msgspec.UnsetType = msgspec.UNSET
    temperature_valid_min: Minutes | msgspec.UnsetType | None = msgspec.UNSET
    review: bool | msgspec.UnsetType = msgspec.UNSET
    checkout: bool | msgspec.UnsetType = msgspec.UNSET
    test_hours: TestHours | msgspec.UnsetType | None = msgspec.UNSET
    doses: Doses | msgspec.UnsetType | None = msgspec.UNSET
    risk_days: RiskDays | msgspec.UnsetType | None = msgspec.UNSET


TENANTS_MAX = 500
"""Tenants of one checkpoint that have not left: the whole list goes to every phone at the door."""


class Tenant(msgspec.Struct, frozen=True):
    """Who has rooms behind a checkpoint, and the floor as the board in the hall says it."""

    id: int
    floor: str
    name: str


class NewTenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A floor of at most 10 characters, a name of at most 60."""

    floor: str
    name: str


class NewTenants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tenants to enter, all or none. A checkpoint has at most 500 that have not left."""

    rows: Annotated[list[NewTenant], msgspec.Meta(min_length=1, max_length=TENANTS_MAX)]


class ImportedCheckpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place of another system; `ref` is its id there."""

    ref: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    name: str
    category: Category
    lat: float | None = None
    lon: float | None = None


class CheckpointImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most 1,000 places; those already known by unit and ref are left as they are."""

    unit_id: int
    checkpoints: list[ImportedCheckpoint]


class ImportedCode(msgspec.Struct, frozen=True):
    ref: str
    id: int
    code: str


class RejectedCheckpoint(msgspec.Struct, frozen=True):
    """A place that was not stored: the position in the request, and why."""

    index: int
    field: str
    code: str
    detail: str


class CheckpointsImported(msgspec.Struct, frozen=True):
    items: list[ImportedCode]
    created: int
    existing: int
    rejected: list[RejectedCheckpoint]
