"""The ways of sending that the settings switch on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from lianfang.config import Settings
from lianfang.notices.sender import TIMEOUT_S, Sender, Senders
from lianfang.notices.sms import open_gateway
from lianfang.notices.store import Channel
from lianfang.notices.wecom import WecomRobot


@asynccontextmanager
async def open_senders(settings: Settings) -> AsyncIterator[Senders]:
    """Group robots always (each contact brings its own key), text messages where there is a gateway."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as http, open_gateway(settings) as gateway:
        senders: dict[Channel, Sender] = {"wecom": WecomRobot(http, settings.wecom_url)}
        if gateway:
            senders["sms"] = gateway
        yield senders
