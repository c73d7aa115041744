"""The whole demo story as values: no database, no network, no chance but the seed's."""

from datetime import datetime, timedelta
from typing import Final

from lianfang.demo.model import Account, Story
from lianfang.demo.outbreak import outbreak, under_holds
from lianfang.demo.people import residents
from lianfang.demo.places import COUNTY, NEIGHBOUR, TOWER, lay_out
from lianfang.demo.temperatures import with_temperatures
from lianfang.demo.templates import TEMPLATES
from lianfang.demo.visits import DAYS, ZONE, Rhythm

SIGN_IN: Final = "Lianfang2026!"


def tell(now: datetime, *, seed: int = 20221122) -> Story:
    """The story up to `now` (aware): 1,011 doors and 3,000 people in Chicheng, 14 whole days of visits and today's.

    The same seed and day give the same story; a later `now` of the same day only adds visits.
    """
    today = now.astimezone(ZONE).date()
    units, checkpoints = lay_out(seed)
    people = residents(checkpoints, seed=seed, year=today.year)
    rhythm = Rhythm(checkpoints, people, seed)
    visits = [visit for ago in range(DAYS, -1, -1) for visit in rhythm.day(today - timedelta(days=ago))]
    holds = outbreak(checkpoints, people, visits, today=today)
    door = next(index for index, checkpoint in enumerate(checkpoints) if checkpoint.category == "estate")
    tower = next(index for index, checkpoint in enumerate(checkpoints) if checkpoint.name == TOWER)
    desk = next(checkpoint for checkpoint in checkpoints if checkpoint.review)
    decided = with_temperatures(checkpoints, under_holds(visits, holds, seed=seed), seed=seed)
    return Story(
        units=units,
        templates=TEMPLATES,
        checkpoints=checkpoints,
        people=people,
        holds=holds,
        visits=tuple(visit for visit in decided if visit.at <= now),
        accounts=accounts(checkpoints[door].unit_key, desk.unit_key),
        password=SIGN_IN,
        door=door,
        tower=tower,
    )


def accounts(gate: str, desk: str) -> tuple[Account, ...]:
    """The staff of the story; `gate` is the unit key of the estate whose gate gate01 attends, `desk` that of the office where
    gate02 reviews who comes in."""
    return (
        Account(
            username="chicheng",
            display_name="赤城县管理员",
            role="admin",
            unit_key=COUNTY,
            title_zh="赤城县管理员",
            title_en="Administrator of Chicheng county",
        ),
        Account(
            username="longguan",
            display_name="龙关镇管理员",
            role="admin",
            unit_key=COUNTY + "102",
            title_zh="龙关镇管理员",
            title_en="Administrator of Longguan town",
        ),
        Account(
            username="gate01",
            display_name="小区门岗",
            role="attendant",
            unit_key=gate,
            title_zh="小区门岗值守员",
            title_en="Attendant at an estate gate",
        ),
        Account(
            username="gate02",
            display_name="机关大门值守员",
            role="attendant",
            unit_key=desk,
            title_zh="机关大门值守员（查验）",
            title_en="Attendant who reviews at an office",
        ),
        Account(
            username="import",
            display_name="数据导入",
            role="importer",
            unit_key=COUNTY,
            title_zh="赤城县数据导入员",
            title_en="Importer of Chicheng county",
        ),
        Account(
            username="chongli",
            display_name="崇礼区管理员",
            role="admin",
            unit_key=NEIGHBOUR,
            title_zh="崇礼区（邻区）管理员",
            title_en="Administrator of the neighbour district Chongli",
        ),
        Account(
            username="hebei",
            display_name="河北省管理员",
            role="admin",
            unit_key="13",
            title_zh="河北省管理员",
            title_en="Administrator of Hebei province",
        ),
    )
