"""What a page is told before anybody has signed in."""

import psycopg

from lianfang.config import Settings
from lianfang.demo.load import DOOR_REF, sign_ins
from tests.conftest import OpenHouse
from tests.support.database import MASTER
from tests.support.house import House
from tests.support.story import YIJIE_DOOR


async def test_the_demo_shows_its_accounts_and_a_door(house: House, cast: psycopg.Connection) -> None:
    cast.execute("UPDATE checkpoints SET ref = %s WHERE id = %s", [DOOR_REF, YIJIE_DOOR.id])
    meta = (await (await house.client()).get("/meta")).json()
    assert (meta["demo"], meta["timezone"], meta["door"]) == (True, "Asia/Shanghai", f"/v/{YIJIE_DOOR.code}")
    assert [account["username"] for account in meta["accounts"]] == [account[0] for account in sign_ins()]


async def test_production_shows_neither(house_with: OpenHouse, cast: psycopg.Connection) -> None:
    cast.execute("UPDATE checkpoints SET ref = %s WHERE id = %s", [DOOR_REF, YIJIE_DOOR.id])
    house = await house_with(Settings(demo=False, secret_key=MASTER.hex(), timezone="Asia/Urumqi"))
    meta = (await (await house.client()).get("/meta")).json()
    assert (meta["demo"], meta["accounts"], meta["door"], meta["timezone"]) == (False, [], None, "Asia/Urumqi")
