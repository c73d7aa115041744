"""The channels that the settings switch on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from lianfang.channels.alipay import Alipay, private_key, public_key
from lianfang.channels.model import Channel, CodeChannel, LinkedName, RedirectChannel, RedirectName
from lianfang.channels.oidc import Oidc
from lianfang.channels.outside import open_http
from lianfang.channels.wechat import MiniProgram, OfficialAccount
from lianfang.channels.wechat_api import WechatApi
from lianfang.config import Settings


@dataclass(frozen=True)
class Channels:
    """Every way in, by kind. A channel that is off is not there."""

    redirect: dict[RedirectName, RedirectChannel] = field(default_factory=dict)
    codes: dict[LinkedName, CodeChannel] = field(default_factory=dict)
    official: OfficialAccount | None = None
    listed: tuple[Channel, ...] = ()


@asynccontextmanager
async def open_channels(settings: Settings) -> AsyncIterator[Channels]:
    """The channels, with one HTTP client between them."""
    async with open_http() as http:
        yield build(settings, http)


def build(settings: Settings, http: aiohttp.ClientSession) -> Channels:
    redirect: dict[RedirectName, RedirectChannel] = {}
    codes: dict[LinkedName, CodeChannel] = {}
    official = None
    listed = []
    if settings.wechat_app_id:
        api = WechatApi(http, settings.wechat_api_url, settings.wechat_app_id, settings.wechat_app_secret)
        redirect["wechat"] = official = OfficialAccount(api, settings.wechat_open_url)
        listed.append(Channel("wechat", "redirect"))
    if settings.alipay_app_id:
        redirect["alipay"] = Alipay(
            http,
            gateway_url=settings.alipay_gateway_url,
            authorize_url=settings.alipay_authorize_url,
            app_id=settings.alipay_app_id,
            key=private_key(settings.alipay_private_key),
            alipay_key=public_key(settings.alipay_public_key),
        )
        listed.append(Channel("alipay", "redirect"))
    if settings.oidc_issuer:
        redirect["oidc"] = Oidc(http, settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
        listed.append(Channel("oidc", "redirect", settings.oidc_name))
    if settings.wechat_mini_app_id:
        api = WechatApi(http, settings.wechat_api_url, settings.wechat_mini_app_id, settings.wechat_mini_app_secret)
        codes["wechat_mini"] = MiniProgram(api)
        listed.append(Channel("wechat_mini", "mini_program"))
    if settings.demo or settings.sms_url:
        # the text message proves a phone, which a family may share: the form beside it says which of them this is
        listed.append(Channel("sms", "sms"))
    return Channels(redirect, codes, official, tuple(listed))
