from collections.abc import AsyncIterator

import pytest

from lianfang.config import Settings
from tests.alerts.fake_wecom import Wecom
from tests.channels.conftest import serve


@pytest.fixture
def wecom() -> Wecom:
    return Wecom()


@pytest.fixture
async def wecom_settings(wecom: Wecom) -> AsyncIterator[Settings]:
    async with serve(wecom.app()) as url:
        yield Settings(wecom_url=url)
