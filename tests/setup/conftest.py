import psycopg
import pytest

from tests.setup.sheets import Clerk
from tests.support.house import House
from tests.support.story import CHICHENG


@pytest.fixture
async def clerk(house: House, owner: psycopg.Connection) -> Clerk:
    """赤城县's admin, who sets up 赤城县."""
    return Clerk(house, owner, await house.staff("chicheng"), CHICHENG.id)
