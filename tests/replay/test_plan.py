"""A stream read: every row is a scan or a rejected row, and the same row always has the same id."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.kit.sheets.reading import SheetError
from lianfang.replay.categories import OURS, category
from lianfang.replay.plan import BadRow, Plan, read_plan, scan_id

CHECKINS = Path(__file__).parents[3] / "shared" / "data" / "checkins" / "nyc_checkins.csv.gz"
HEADER = "user_id,venue_id,category,lat,lon,utc_time\n"
AT = datetime(2012, 4, 3, 18, 0, tzinfo=UTC)


def plan_of(tmp_path: Path, *rows: str, name: str = "town_checkins.csv") -> Plan:
    path = tmp_path / name
    path.write_text(HEADER + "".join(row + "\n" for row in rows), encoding="utf-8")
    return read_plan(path)


def test_a_row_becomes_a_scan_of_a_person_at_a_place(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, "470,635,Coffee Shop,40.7,-74.0,2012-04-03T18:00:00Z", "470,9,,,,2012-04-03 20:00:00+02:00"
    )
    assert plan.stream == "town"
    assert plan.users == ("470",)
    assert [(p.ref, p.name, p.category, p.lat, p.lon) for p in plan.places] == [
        ("town-635", "Coffee Shop 635", "shop", 40.7, -74.0),
        ("town-9", "town 9", "public_place", None, None),
    ]
    assert [(s.user, s.venue, s.at) for s in plan.scans] == [
        (0, 0, "2012-04-03T18:00:00.000Z"),
        (0, 1, "2012-04-03T18:00:00.000Z"),
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",635,x,1,2,2012-04-03T18:00:00Z", "user_id", "missing"),
        ("470, ,x,1,2,2012-04-03T18:00:00Z", "venue_id", "missing"),
        (f"{'9' * 49},635,x,1,2,2012-04-03T18:00:00Z", "user_id", "format"),
        ("470,635,x,1,2,", "utc_time", "missing"),
        ("470,635,x,1,2", "utc_time", "missing"),
        ("470,635,x,1,2,yesterday", "utc_time", "format"),
        ("470,635,x,1,2,2012-02-30T18:00:00Z", "utc_time", "format"),
        ("470,635,x,1,2,1969-04-03T18:00:00Z", "utc_time", "range"),
        ("470,635,x,north,2,2012-04-03T18:00:00Z", "lat", "format"),
        ("470,635,x,90.1,2,2012-04-03T18:00:00Z", "lat", "range"),
        ("470,635,x,1,nan,2012-04-03T18:00:00Z", "lon", "range"),
        ("470,635,x,1,2,2012-04-03T18:00:00Z,more", "*", "surplus"),
    ],
)
def test_a_bad_row_is_kept_with_its_line_and_reason(tmp_path: Path, row: str, column: str, reason: str) -> None:
    good = "1,2,Bar,1,2,2012-04-03T18:00:00Z"
    plan = plan_of(tmp_path, good, row, good)
    assert plan.rejected == (BadRow(3, column, reason),)
    assert len(plan.scans) == 2
    assert plan.rows == 3


def test_a_file_without_the_columns_is_no_stream(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"user,venue\n1,2\n"))
    with pytest.raises(SheetError, match="user_id"):
        read_plan(path)


def test_exact_duplicates_share_an_id_and_nothing_else_does(tmp_path: Path) -> None:
    row = "1,2,Bar,1,2,2012-04-03T18:00:00Z"
    others = [
        "1,3,Bar,1,2,2012-04-03T18:00:00Z",
        "2,2,Bar,1,2,2012-04-03T18:00:00Z",
        "1,2,Bar,1,2,2012-04-03T18:00:01Z",
    ]
    ids = [scan.scan_id for scan in plan_of(tmp_path, row, row, *others).scans]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert plan_of(tmp_path, row).scans[0].scan_id == ids[0]
    assert plan_of(tmp_path, row, name="city.csv").scans[0].scan_id != ids[0]


@given(
    st.datetimes(timezones=st.just(UTC), min_value=AT.replace(year=1971, tzinfo=None)),
    st.text(max_size=9),
    st.text(max_size=9),
)
def test_an_id_is_a_uuid7_of_the_rows_time(at: datetime, user: str, venue: str) -> None:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    found = UUID(scan_id("nyc", user, venue, at))
    assert (found.version, found.variant) == (7, RFC_4122)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found.int >> 80) == at


def test_ids_do_not_change_between_releases() -> None:
    assert scan_id("nyc", "470", "635", AT) == "0136795d-0100-76a3-a22c-a3654be13026"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Home (private)", "estate"),
        ("Office", "company"),
        ("Government Building", "office"),
        ("Doctor's Office", "hospital"),
        ("College Residence Hall", "estate"),
        ("College Library", "school"),
        ("Coffee Shop", "shop"),
        ("Bus Line", "vehicle"),
        ("Bus Station", "public_place"),
        ("Toll Plaza", "motorway"),
        ("", "public_place"),
        ("village", "village"),
    ],
)
def test_categories_are_ours(theirs: str, ours: str) -> None:
    assert category(theirs) == ours


def test_the_real_stream_is_read_whole() -> None:
    if not CHECKINS.exists():
        pytest.skip("the check-in stream is not beside the project")
    plan = read_plan(CHECKINS)
    assert (plan.rows, len(plan.scans), plan.stream) == (147_938, 147_938, "nyc")
    assert (len(plan.users), len(plan.places)) == (1_083, 5_135)
    assert len({scan.scan_id for scan in plan.scans}) == 147_480
    assert {place.category for place in plan.places} <= OURS
