"""How large the status lists are, and what they cost to make and to check: the lists of a whole population, in memory."""

import random
import time

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lianfang.credentials import statuslist
from lianfang.credentials.model import RED, VOID, YELLOW
from lianfang.credentials.token import LIST_SIZE
from lianfang.kit.clock import now as clock_now

LOOK_UPS = 100_000
SEED = 2022


class StatusMeasured(msgspec.Struct, frozen=True):
    """`build_s`: from who isn't green to signed lists. `read_s`: a gate verifies and unpacks all of them, here in Python.
    `check_us`: one look at one credential's entry."""

    people: int
    not_green: int
    lists: int
    raw_bytes: int
    signed_bytes: int
    build_s: float
    read_s: float
    check_us: float
    stored: bool
    """from holds in a database, and into it; else from a list in memory"""


def measure(people: int, share: float) -> StatusMeasured:
    """`share` of the people are not green: most of them yellow."""
    dice = random.Random(SEED)  # noqa: S311
    numbers = dice.sample(range(people), round(people * share))
    statuses = dice.choices((YELLOW, RED, VOID), (6, 3, 1), k=len(numbers))
    entries = list(zip(numbers, statuses, strict=True))
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    now = clock_now()

    began = time.perf_counter()
    parts = statuslist.by_list(entries, LIST_SIZE)
    tokens = [
        statuslist.sign(key, b"bench", "phone", nth, 1, statuslist.build(LIST_SIZE, parts.get(nth, [])), now)
        for nth in range(-(-people // LIST_SIZE))
    ]
    built = time.perf_counter()
    lists = [statuslist.read(token, public) for token in tokens]
    read = time.perf_counter()
    return StatusMeasured(
        people,
        len(entries),
        len(tokens),
        sum(len(one.entries) for one in lists),
        sum(map(len, tokens)),
        round(built - began, 3),
        round(read - built, 3),
        look_up(lists, people, LIST_SIZE, entries),
        False,
    )


def look_up(lists: list[statuslist.StatusList], people: int, size: int, entries: list[tuple[int, int]]) -> float:
    """Microseconds for one look at one entry; every entry says what it shall, and no other says anything."""
    dice = random.Random(SEED)  # noqa: S311
    asked = [dice.randrange(people) for _ in range(LOOK_UPS)]
    looking = time.perf_counter()
    for number in asked:
        lists[number // size].status(number % size)
    looked = time.perf_counter()
    wrong = sum(lists[number // size].status(number % size) != status for number, status in entries)
    marked = sum(byte.bit_count() for one in lists for byte in one.entries)
    if wrong or marked != sum(status.bit_count() for _, status in entries):
        raise AssertionError(f"{wrong} entries of {len(entries)} say something else")
    return round((looked - looking) / LOOK_UPS * 1e6, 3)
