"""The demo story: its counts are those of the real county, its people are nobody, its days have a rhythm."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from lianfang.demo.model import Field, Story, Visit
from lianfang.demo.places import COUNTY, NEIGHBOUR
from lianfang.demo.story import tell
from lianfang.demo.temperatures import FEVER
from lianfang.demo.tower import TENANTS
from lianfang.demo.visits import ZONE
from lianfang.kit import identifiers
from lianfang.kit.sheets.reading import read_csv

NOW = datetime(2022, 11, 22, 6, 30, tzinfo=UTC)  # a Tuesday, 14:30 in Chicheng
DIVISIONS = Path(__file__).parents[3] / "shared" / "data" / "divisions" / "hebei.csv.gz"


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(NOW)


def local_hour(visit: Visit) -> int:
    return visit.at.astimezone(ZONE).hour


def local_day(visit: Visit) -> date:
    return visit.at.astimezone(ZONE).date()


def test_chicheng_has_its_18_towns_and_440_villages(story: Story) -> None:
    by_level = Counter(unit.level for unit in story.units if unit.code and unit.code.startswith(COUNTY))
    assert by_level == {"county": 1, "town": 18, "village": 440}
    assert {unit.level for unit in story.units if unit.code is None} == {"unit"}


def test_chicheng_has_its_1011_checkpoints(story: Story) -> None:
    doors = Counter(checkpoint.category for checkpoint in story.checkpoints if checkpoint.county == COUNTY)
    assert doors == {
        "village": 440,
        "estate": 149,
        "office": 112,
        "company": 111,
        "vehicle": 115,
        "shop": 49,
        "school": 32,
        "motorway": 3,
    }
    assert sum(doors.values()) == 1_011
    assert sum(checkpoint.county == NEIGHBOUR for checkpoint in story.checkpoints) == 20


def test_people_work_in_the_tower_for_every_tenant(story: Story) -> None:
    assert story.checkpoints[story.tower].name == "海陀大厦写字楼大堂"
    assert len({floor for floor, _ in TENANTS}) == 3
    assert len({visit.person for visit in story.visits if visit.checkpoint == story.tower}) > len(TENANTS)


def test_every_unit_stands_after_its_parent_and_no_sibling_has_its_name(story: Story) -> None:
    seen: set[str | None] = {None}
    for unit in story.units:
        assert unit.parent_key in seen
        seen.add(unit.key)
    assert len(seen) == len(story.units) + 1
    names = Counter((unit.parent_key, unit.name) for unit in story.units)
    assert {name: count for name, count in names.items() if count > 1} == {}


def test_every_door_has_its_own_name_in_its_unit_its_template_and_its_place(story: Story) -> None:
    units = {unit.key for unit in story.units}
    templates = {template.key for template in story.templates}
    assert len({(door.unit_key, door.name) for door in story.checkpoints}) == len(story.checkpoints)
    for door in story.checkpoints:
        assert door.unit_key in units
        assert door.template_key in templates
        if door.county == COUNTY:
            assert 40.4 < door.lat < 41.5
            assert 115.3 < door.lon < 116.6
    assert len({(door.lat, door.lon) for door in story.checkpoints}) == len(story.checkpoints)


def test_the_division_slice_is_that_of_the_published_codes(story: Story) -> None:
    if not DIVISIONS.exists():
        pytest.skip("the published division codes are not beside the project")
    published = {row["code"]: row for _, row in read_csv(DIVISIONS)}
    for unit in story.units:
        if unit.code:
            row = published[unit.code]
            assert (unit.name, unit.level, unit.parent_key or "") == (row["name"], row["level"], row["parent_code"])
    assert not [code for code in published if code.startswith("130799")]


def test_forms_are_short_and_complete_in_both_languages(story: Story) -> None:
    for template in story.templates:
        assert 2 <= len(template.fields) <= 4
        for field in template.fields:
            assert field.label
            assert field.label_en
            assert (field.choices is not None) == (field.type == "choice")
            for choice in field.choices or ():
                assert choice.label
                assert choice.label_en
    assert "choices" not in msgspec.to_builtins(story.templates[0].fields[1])


def test_3000_people_with_valid_documents_that_nobody_holds(story: Story) -> None:
    assert len(story.people) == 3_000
    numbers = Counter(person.document_number for person in story.people)
    assert max(numbers.values()) == 1
    for person in story.people:
        assert identifiers.document(person.document_type, person.document_number) == person.document_number
        assert identifiers.phone(person.phone) == person.phone
        assert identifiers.person_name(person.name) == person.name
        assert person.phone.startswith("+861300000")
        if person.document_type == "resident_id":
            assert person.document_number.startswith("130799")
            assert person.document_number[6:14] == f"{person.born:%Y%m%d}"


def test_people_have_families_homes_and_unusual_names(story: Story) -> None:
    sizes = Counter(Counter(person.household for person in story.people).values())
    assert set(sizes) == {1, 2, 3, 4, 5}
    assert {story.checkpoints[person.home].category for person in story.people} == {"village", "estate"}
    assert {person.document_type for person in story.people} == set(identifiers.DOCUMENT_TYPES) - {"other"}
    assert any("·" in person.name for person in story.people)
    assert any(ord(c) > 0xFFFF for person in story.people for c in person.name)
    shared = Counter(person.phone for person in story.people)
    assert max(shared.values()) > 1  # a child on a parent's phone
    assert len(shared) > 2_500


def test_the_same_story_is_told_twice(story: Story) -> None:
    assert tell(NOW) == story
    assert tell(NOW, seed=7).people != story.people


def test_a_later_hour_only_adds_visits(story: Story) -> None:
    later = tell(NOW + timedelta(hours=4))
    assert later.visits[: len(story.visits)] == story.visits
    assert len(later.visits) > len(story.visits) + 1_000
    assert later.people == story.people
    assert later.holds == story.holds


def test_two_weeks_of_visits_end_now(story: Story) -> None:
    assert 80_000 < len(story.visits) < 110_000
    times = [visit.at for visit in story.visits]
    assert times == sorted(times)
    assert NOW - timedelta(minutes=5) < times[-1] <= NOW
    days = sorted({local_day(visit) for visit in story.visits})
    assert days == [date(2022, 11, 8) + timedelta(days=n) for n in range(15)]


def test_weekdays_queue_in_the_morning_and_the_evening_and_weekends_do_not(story: Story) -> None:
    by_day = Counter(local_day(visit) for visit in story.visits if local_day(visit) < date(2022, 11, 22))
    weekdays = [count for day, count in by_day.items() if day.weekday() < 5]
    weekends = [count for day, count in by_day.items() if day.weekday() >= 5]
    assert max(weekends) < 0.75 * min(weekdays)
    for day in by_day:
        hours = Counter(local_hour(visit) for visit in story.visits if local_day(visit) == day)
        morning, midday, evening = (sum(hours[h] for h in span) / len(span) for span in ((7, 8), (10, 11), (17, 18)))
        if day.weekday() < 5:
            assert min(morning, evening) > 1.5 * midday
        else:
            assert morning < midday
        assert hours[2] == hours[3] == 0


def test_schools_are_empty_at_weekends_and_every_category_is_used(story: Story) -> None:
    schools = {local_day(v).weekday() for v in story.visits if story.checkpoints[v.checkpoint].category == "school"}
    assert {0, 1, 2, 3, 4} <= schools
    pupils = {i for i, person in enumerate(story.people) if person.role == "pupil"}
    assert not [
        v
        for v in story.visits
        if v.person in pupils and local_day(v).weekday() >= 5 and story.checkpoints[v.checkpoint].category == "school"
    ]
    used = {v.checkpoint for v in story.visits}
    assert len(used) > 1_000


def test_nobody_of_one_county_is_seen_in_the_other(story: Story) -> None:
    for visit in story.visits:
        home = story.checkpoints[story.people[visit.person].home]
        assert story.checkpoints[visit.checkpoint].county == home.county
    assert any(story.checkpoints[visit.checkpoint].county == NEIGHBOUR for visit in story.visits)


def accepts(field: Field, value: str | int | None) -> bool:
    if value is None:
        return not field.required
    if field.type == "number":
        return isinstance(value, int) and (field.min or 0) <= value <= (field.max or 0)
    if field.type == "choice":
        return value in {choice.value for choice in field.choices or ()}
    return isinstance(value, str) and 0 < len(value) <= (field.max_length or 0)


def test_every_answer_fits_its_form(story: Story) -> None:
    fields = {template.key: template.fields for template in story.templates}
    for visit in story.visits:
        form = fields[story.checkpoints[visit.checkpoint].template_key]
        assert set(visit.answers) <= {field.key for field in form}
        assert all(accepts(field, visit.answers.get(field.key)) for field in form)


@pytest.mark.parametrize("day", [22, 25, 27])  # the days that count lie in a week, at its end, over a weekend
def test_one_case_40_contacts_and_five_of_them_fall_ill(day: int) -> None:
    told = tell(datetime(2022, 11, day, 16, 1, tzinfo=UTC))  # a minute after midnight in Chicheng
    case, *others = told.holds
    contacts, ill = others[:40], others[40:]
    assert case.colour == "red"
    assert [hold.colour for hold in contacts] == ["yellow"] * 40
    assert [hold.colour for hold in ill] == ["red"] * 5
    assert len({hold.person for hold in contacts}) == 40
    assert {hold.person for hold in ill} < {hold.person for hold in contacts}
    assert case.person not in {hold.person for hold in contacts}
    assert all(case.starts < hold.starts < hold.ends for hold in others)
    assert all(hold.starts < datetime(2022, 11, day, 16, 1, tzinfo=UTC) for hold in told.holds)


def test_holds_decide_the_visits_after_they_start(story: Story) -> None:
    outcome = Counter(visit.reason for visit in story.visits)
    assert outcome["hold_yellow"] > 50
    assert outcome["hold_red"] >= 5
    for visit in story.visits:
        active = [hold for hold in story.holds if hold.person == visit.person and hold.starts <= visit.at < hold.ends]
        if visit.hold is None:
            assert active == []
            assert (visit.verdict, visit.reason) == (("refuse", "fever") if is_fever(visit) else ("pass", "ok"))
        else:
            hold = story.holds[visit.hold]
            assert hold in active
            worst = "red" if any(other.colour == "red" for other in active) else "yellow"
            assert hold.colour == worst
            if is_fever(visit):
                assert (worst, visit.verdict, visit.reason) == ("yellow", "refuse", "fever")
            else:
                assert visit.verdict == {"yellow": "observe", "red": "refuse"}[worst]
                assert visit.reason == f"hold_{worst}"


def is_fever(visit: Visit) -> bool:
    return visit.celsius is not None and visit.celsius >= FEVER


def test_doors_that_take_a_temperature_have_one_of_everybody_they_let_in(story: Story) -> None:
    for visit in story.visits:
        valid = story.checkpoints[visit.checkpoint].temperature_valid_min
        assert (visit.celsius is not None) == (valid is not None and visit.reason != "hold_red")
        if visit.celsius_at is not None and valid is not None:
            # measured for this visit, or still valid
            assert visit.at - timedelta(minutes=valid) < visit.celsius_at <= visit.at + timedelta(minutes=1)
            assert 35.5 <= (visit.celsius or 0) <= 39.0
    reused = [v for v in story.visits if v.celsius_checkpoint not in (None, v.checkpoint)]
    assert len(reused) > 100
    fevers = {(v.person, v.celsius_at): v.celsius for v in story.visits if is_fever(v)}
    assert 5 <= len(fevers) <= 40


def test_one_office_is_reviewed(story: Story) -> None:
    [desk] = [checkpoint for checkpoint in story.checkpoints if checkpoint.review]
    assert (desk.category, desk.checkout) == ("office", True)
    assert desk.unit_key == next(account.unit_key for account in story.accounts if account.username == "gate02")


def test_the_accounts_of_the_story(story: Story) -> None:
    units = {unit.key: unit for unit in story.units}
    roles = {account.username: (account.role, units[account.unit_key].level) for account in story.accounts}
    assert roles == {
        "chicheng": ("admin", "county"),
        "chongli": ("admin", "county"),
        "longguan": ("admin", "town"),
        "gate01": ("attendant", "unit"),
        "gate02": ("attendant", "unit"),
        "import": ("importer", "county"),
        "hebei": ("admin", "province"),
    }
    gate = next(account for account in story.accounts if account.username == "gate01")
    assert story.checkpoints[story.door].unit_key == gate.unit_key
    assert units["130732102"].name == "龙关镇"
