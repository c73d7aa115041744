"""The fakes, served, and the house that knows them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lianfang.config import Settings
from tests.channels.fake_alipay import Alipay, bare, bare_public, key_of
from tests.channels.fake_oidc import CLIENT, SECRET, Provider
from tests.channels.fake_wechat import Wechat
from tests.support.database import MASTER
from tests.support.house import API, Answer, Client, House

OFFICIAL, MINI = "wxofficial0000001", "wxmini00000000001"


@asynccontextmanager
async def serve(app: web.Application) -> AsyncIterator[str]:
    """Its base URL."""
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


@dataclass
class Fakes:
    wechat: Wechat
    alipay: Alipay
    oidc: Provider
    settings: Settings


@pytest.fixture
async def fakes() -> AsyncIterator[Fakes]:
    app_key = key_of("app")
    wechat = Wechat({OFFICIAL: "official secret", MINI: "mini secret"})
    alipay, oidc = Alipay("2021000000000001", app_key), Provider()
    async with serve(wechat.app()) as wx, serve(alipay.app()) as ali, serve(oidc.app()) as op:
        oidc.issuer = op
        yield Fakes(
            wechat,
            alipay,
            oidc,
            Settings(
                demo=True,
                secret_key=MASTER.hex(),
                wechat_app_id=OFFICIAL,
                wechat_app_secret="official secret",
                wechat_mini_app_id=MINI,
                wechat_mini_app_secret="mini secret",
                wechat_api_url=wx,
                wechat_open_url=wx,
                alipay_app_id=alipay.app_id,
                alipay_private_key=bare(app_key),
                alipay_public_key=bare_public(alipay.own_key),
                alipay_gateway_url=f"{ali}/gateway.do",
                alipay_authorize_url=f"{ali}/oauth2/publicAppAuthorize.htm",
                oidc_issuer=op,
                oidc_client_id=CLIENT,
                oidc_client_secret=SECRET,
                oidc_name="赤城政务统一认证",
            ),
        )


@pytest.fixture
async def town(fakes: Fakes, house_with: Callable[[Settings], object]) -> House:
    """The house with every channel switched on."""
    return await house_with(fakes.settings)  # type: ignore[misc, no-any-return]


async def leave(client: Client, name: str, back: str = "/h5/register", **params: str) -> str:
    """The provider's address to which our page sends this browser."""
    answer = await client.get(f"/channels/{name}/authorize", **{"return": back}, **params)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def agree(url: str) -> str:
    """The provider's page, where whoever holds the phone agrees: our address that it sends them back to, below /api/v1."""
    async with aiohttp.ClientSession() as http, http.get(url, allow_redirects=False) as response:
        assert response.status == 302, await response.text()
        location = response.headers["location"]
    assert location.startswith(f"http://127.0.0.1:8000{API}/")
    return location.removeprefix(f"http://127.0.0.1:8000{API}")


async def sign_in(client: Client, name: str, back: str = "/h5/register", **params: str) -> Answer:
    """The whole way to the provider and back."""
    return await come_back(client, await agree(await leave(client, name, back, **params)))


async def come_back(client: Client, path: str) -> Answer:
    """The browser follows the provider's redirect."""
    return await client.http.get(API + path)
