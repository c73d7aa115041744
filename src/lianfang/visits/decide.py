"""The decision at the door: pure. Facts in, verdict and reason out, or what an attendant still has to do."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from lianfang.codes.model import Hold
from lianfang.requirements.model import Lack
from lianfang.requirements.words import code
from lianfang.visits.model import Need, Reason, Verdict

LAPSES_AFTER = timedelta(minutes=30)
"""A scan that waits for longer is nobody at the door any more."""


class Reading(NamedTuple):
    """A temperature as it was measured; `place` is the name of the checkpoint where."""

    celsius: float
    at: datetime
    checkpoint_id: int
    place: str


class Wants(NamedTuple):
    """What a door wants of a scan beside its form."""

    temperature: bool = False
    review: bool = False


NOTHING = Wants()


class Decision(NamedTuple):
    verdict: Verdict
    reason: Reason | str  # what is lacking of the door's requirements is spelled by `requirements.words.code`
    hold_id: int | None


class Undecided(NamedTuple):
    """What an attendant still has to do."""

    needs: tuple[Need, ...]


def decide(
    hold: Hold | None,
    wants: Wants = NOTHING,
    *,
    celsius: float | None = None,
    fever: float = 37.3,
    refused: bool = False,
    lacking: Sequence[Lack] = (),
    can_wait: bool = True,
) -> Decision | Undecided:
    """`hold` is the person's worst active hold at the time of the scan (None: green), `celsius` their valid temperature.

    The gravest comes first: a red hold, a fever, the attendant's refusal, what is `lacking` of the door's requirements; nobody can
    approve those. Then whatever is missing is
    waited for. A scan that is heard of too late to wait (`can_wait`) is kept, and says that nobody looked.
    """
    if hold is not None and hold.colour == "red":
        return Decision("refuse", "hold_red", hold.id)
    if celsius is not None and celsius >= fever:
        return Decision("refuse", "fever", hold.id if hold else None)
    if refused:
        return Decision("refuse", "review", hold.id if hold else None)
    if lacking:
        return Decision("refuse", code(lacking), hold.id if hold else None)
    needs: tuple[Need, ...] = ()
    if wants.temperature and celsius is None:
        needs += ("temperature",)
    if wants.review:
        needs += ("review",)
    if needs and can_wait:
        return Undecided(needs)
    if hold is not None:
        return Decision("observe", "hold_yellow", hold.id)
    return Decision("observe", "unreviewed", None) if needs else Decision("pass", "ok", None)


def still_valid(readings: Iterable[Reading], at: datetime, minutes: int) -> Reading | None:
    """The last temperature that a door may reuse at an instant: less than so many minutes old, and not of the future."""
    since = at - timedelta(minutes=minutes)
    return max(
        (reading for reading in readings if since < reading.at <= at), key=lambda reading: reading.at, default=None
    )
