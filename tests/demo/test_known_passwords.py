"""An instance that is not the demo does not start with the demo's accounts."""

import psycopg

from lianfang.demo.load import known_passwords
from lianfang.demo.story import SIGN_IN
from lianfang.staff import passwords
from tests.support.house import House


async def test_accounts_with_the_demos_password_are_found(house: House, cast: psycopg.Connection) -> None:
    identity = house.services.db.identity
    assert await known_passwords(identity) == []
    hashed = await passwords.hash_password(SIGN_IN)
    cast.execute("UPDATE staff_accounts SET password_hash = %s WHERE username IN ('clerk', 'gate01')", [hashed])
    assert await known_passwords(identity) == ["gate01"]
    cast.execute("UPDATE staff_accounts SET disabled = true WHERE username = 'gate01'")
    assert await known_passwords(identity) == []
