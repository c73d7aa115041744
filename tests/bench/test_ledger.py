"""The comparison of the clients' ledger with what is stored finds everything that may be wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from lianfang.bench import ledger
from lianfang.bench.ledger import Found, Ledger, Sent, compare, in_order
from lianfang.kit import ids

AT = datetime(2022, 11, 28, 8, 30, 0, 123456, tzinfo=UTC)
MICROSECONDS = (AT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class Book:
    """A ledger, and rows of visits as the database would give them."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "ledger"
        self.ledger = Ledger(self.path)
        self.rows: list[bytes] = []

    def sent(self, person: int = 7) -> tuple[int, Sent]:
        scan = Sent(ids.uuid7().bytes, person, 9, b"c" * 16)
        return self.ledger.sent(scan), scan

    def acked(self) -> Sent:
        number, scan = self.sent()
        self.ledger.acked(number, MICROSECONDS, "observe")
        return scan

    def stored(self, scan: Sent, *, at: int = MICROSECONDS, verdict: bytes = b"observe") -> None:
        numbers = (scan.person_id.to_bytes(8), scan.checkpoint_id.to_bytes(8), scan.content, at.to_bytes(8))
        self.rows.append(scan.scan_id + b"".join(numbers) + verdict)

    def compared(self) -> Found:
        return compare(in_order([self.path]), sorted(self.rows))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Some hundred scans with which nothing is wrong."""
    book = Book(tmp_path)
    for _ in range(100):
        book.stored(book.acked())
    return book


def wrong(found: Found) -> dict[str, int]:
    return {name: many for name in ("lost", "doubled", "invented", "changed") if (many := getattr(found, name))}


def test_acknowledged_scans_are_stored_once_and_unknown_ones_once_or_never(book: Book) -> None:
    book.sent()
    book.stored(book.sent()[1])
    found = book.compared()
    assert found.sound
    assert (found.sent, found.acked, found.unknown, found.unknown_stored) == (102, 100, 2, 1)


def test_an_acknowledged_scan_without_a_row_is_lost(book: Book) -> None:
    lost = book.acked()
    found = book.compared()
    assert wrong(found) == {"lost": 1}
    assert found.examples == [f"lost {lost.scan_id.hex()}"]
    assert not found.sound


@pytest.mark.parametrize("acknowledged", [True, False])
def test_two_rows_of_a_scan_are_doubled_also_when_they_are_two_people_s(book: Book, acknowledged: bool) -> None:
    scan = book.acked() if acknowledged else book.sent()[1]
    book.stored(scan)
    book.stored(scan._replace(person_id=8))
    assert wrong(book.compared()) == {"doubled": 1}


@pytest.mark.parametrize("many", [1, 2])
def test_rows_that_nobody_sent_are_invented(book: Book, many: int) -> None:
    for scan_id in (bytes(16), ids.uuid7().bytes, b"\xff" * 16):  # before, among and after those that were sent
        for _ in range(many):
            book.stored(Sent(scan_id, 7, 9, b"c" * 16))
    book.stored(book.acked())
    assert wrong(book.compared()) == {"invented": 3 * many}


@pytest.mark.parametrize("field", ["person_id", "checkpoint_id", "content"])
@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_row_with_other_content_is_changed(book: Book, field: str, acknowledged: bool) -> None:
    scan = book.acked() if acknowledged else book.sent()[1]
    book.stored(scan._replace(**{field: b"d" * 16 if field == "content" else 10}))
    assert wrong(book.compared()) == {"changed": 1}


def test_another_time_or_verdict_than_was_acknowledged_is_a_change(book: Book) -> None:
    book.stored(book.acked(), at=MICROSECONDS + 1)
    book.stored(book.acked(), verdict=b"pass")
    assert wrong(book.compared()) == {"changed": 2}


def test_an_acknowledgement_of_something_else_is_a_change(book: Book) -> None:
    number, scan = book.sent()
    book.ledger.misanswered(number)
    book.stored(scan)
    assert wrong(book.compared()) == {"changed": 1}


def test_ledgers_of_several_clients_are_read_in_the_order_of_their_scans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_RUN", 7)
    paths = [tmp_path / "one", tmp_path / "two"]
    ledgers = [Ledger(path) for path in paths]
    expected = [ids.uuid7().bytes for _ in range(50)]
    for number, scan_id in enumerate(reversed(expected)):
        ledgers[number % 2].sent(Sent(scan_id, 1, 1, b"c" * 16))
    assert [line[:16] for line in in_order(paths)] == expected


def test_rows_of_the_database_have_the_form_of_the_ledger_s_lines(
    book: Book, owner: psycopg.Connection, migrated: str
) -> None:
    _, unknown = book.sent()
    rows = [scan for line in in_order([book.path]) if (scan := Sent(line[:16], 7, 9, b"c" * 16)) != unknown]
    owner.execute("SELECT ensure_visit_day(current_date)")
    with owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO visits (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, verdict, source,"
            " clock, reason, content) VALUES (%s, encode(%s, 'hex')::uuid, %s, now(), 1, %s, 1, 'observe', 'resident',"
            " 'server', 'hold_yellow', %s)",
            [(scan.person_id, scan.scan_id, AT, scan.checkpoint_id, scan.content) for scan in rows],
        )
    found = ledger.verify([book.path], migrated)
    assert found.sound
    assert (found.acked, found.unknown, found.unknown_stored) == (100, 1, 0)
    owner.execute("DELETE FROM visits WHERE scan_id = (SELECT scan_id FROM visits LIMIT 1)")
    assert wrong(ledger.verify([book.path], migrated)) == {"lost": 1}
