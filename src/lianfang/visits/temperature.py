"""Temperatures as people type them: what is taken, what is asked about once more, and what may be reused."""

import math

from lianfang.kit.errors import invalid, wrong_field
from lianfang.visits.batch import Measured
from lianfang.visits.problems import TEMPERATURE_IMPLAUSIBLE

LOWEST, HIGHEST = 30.0, 45.0
"""Outside of this it is a slip of the finger, or a thermometer of Fahrenheit."""
COLD, HOT = 35.0, 41.0
"""Outside of this it is asked whether it was measured well: a cold forehead, a thermometer that was left in the sun."""


def checked(celsius: float, *, confirmed: bool) -> Measured:
    """The measurement to a tenth of a degree, half a tenth upwards as the database rounds."""
    if not (math.isfinite(celsius) and LOWEST <= celsius <= HIGHEST):
        raise invalid(
            wrong_field(
                "celsius",
                "range",
                "体温应在 {lowest:.0f} 至 {highest:.0f} ℃ 之间，请重新输入。",
                "A temperature lies between {lowest:.0f} and {highest:.0f} °C; enter it again.",
                lowest=LOWEST,
                highest=HIGHEST,
            )
        )
    celsius = math.floor(celsius * 10 + 0.5) / 10
    if not COLD <= celsius < HOT and not confirmed:
        raise TEMPERATURE_IMPLAUSIBLE(celsius=f"{celsius:.1f}")
    return Measured(celsius, reusable=celsius >= COLD)
