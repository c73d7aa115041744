"""Forms before they are stored: the conditions of their fields, and the gallery of ready-made ones."""

import pytest

from lianfang.kit.errors import LANGUAGES
from lianfang.venues import gallery
from lianfang.venues.answers import CompiledForm
from lianfang.venues.forms import field_errors
from lianfang.venues.model import CATEGORIES, Choice, Field, GalleryForm, ShowWhen

OUTSIDE = Field("outside", "choice", "到过外地", choices=[Choice("no", "没有"), Choice("yes", "到过")])
NAME = Field("name", "text", "姓名")


def where(field: str = "outside", *equals: str) -> Field:
    return Field("where", "text", "到过哪里", show_when=ShowWhen(field, list(equals) or ["yes"]))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ([OUTSIDE, where()], None),
        ([OUTSIDE, NAME, where("outside", "no", "yes")], None),
        ([where(), OUTSIDE], ("fields[0].show_when.field", "above")),
        ([OUTSIDE, where("weather")], ("fields[1].show_when.field", "above")),
        ([where("where")], ("fields[0].show_when.field", "above")),
        ([NAME, where("name")], ("fields[1].show_when.field", "type")),
        ([OUTSIDE, where("outside", "yes", "perhaps")], ("fields[1].show_when.equals", "value")),
    ],
    ids=lambda value: "-".join(f.key for f in value) if isinstance(value, list) else str(value),
)
def test_a_condition_looks_at_a_choice_above(fields: list[Field], wrong: tuple[str, str] | None) -> None:
    errors = field_errors(fields)
    assert [(error.field, error.code) for error in errors] == ([wrong] if wrong else [])
    for error in errors:
        assert all("到过哪里" in error.text.show(language, **error.values) for language in LANGUAGES)


def test_two_fields_cannot_wait_for_each_other() -> None:
    """Each of a circle's fields would have to stand above the other."""
    first = Field("a", "choice", "甲", choices=OUTSIDE.choices, show_when=ShowWhen("b", ["yes"]))
    second = Field("b", "choice", "乙", choices=OUTSIDE.choices, show_when=ShowWhen("a", ["yes"]))
    assert [error.code for error in field_errors([first, second])] == ["above"]


def test_the_gallery_has_a_form_for_every_kind_of_door_that_was_asked_for() -> None:
    assert {form.key for form in gallery.forms()} == {
        "village", "estate_gate", "office_tower", "bus", "shop", "school", "hospital", "motorway", "construction",
    }  # fmt: skip
    assert [form.category for form in gallery.forms()] == sorted(
        (form.category for form in gallery.forms()), key=list(CATEGORIES).index
    )


@pytest.mark.parametrize("form", gallery.forms(), ids=lambda form: form.key)
def test_a_form_of_the_gallery_can_be_stored_and_speaks_both_languages(form: GalleryForm) -> None:
    assert field_errors(form.fields) == []
    assert form.name
    assert form.name_en.isascii()
    assert form.about
    assert form.about_en
    assert any(field.show_when for field in form.fields)
    for field in form.fields:
        assert field.label_en
        assert bool(field.help) == bool(field.help_en)
        assert all(choice.label_en for choice in field.choices)


@pytest.mark.parametrize("form", gallery.forms(), ids=lambda form: form.key)
def test_each_way_through_a_form_of_the_gallery_asks_no_more_than_a_queue_bears(form: GalleryForm) -> None:
    for first in form.fields[0].choices:
        _, errors = CompiledForm(form.fields).check({form.fields[0].key: first.value})
        assert len(errors) <= 5, first


def test_the_gallery_is_asked_by_key_or_by_either_name() -> None:
    bus = gallery.by_key("bus")
    assert bus is not None
    assert gallery.by_name(bus.name) == gallery.by_name(" BUS ") == bus
    assert gallery.by_key("castle") is gallery.by_name("城堡") is None
