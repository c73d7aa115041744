"""/channels"""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from litestar.response import Redirect

from lianfang.access.rules import PUBLIC, RESIDENT
from lianfang.access.scope import Scope
from lianfang.channels import links, service
from lianfang.channels.model import (
    AppCode,
    AppLogin,
    Channel,
    JsSignature,
    Linked,
    LinkedName,
    ProvenPhone,
    RedirectName,
)
from lianfang.channels.registry import Channels
from lianfang.config import Settings
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.http import Headers
from lianfang.people.routes import session_cookie

BROWSER_COOKIE = "lf_login"


@get("/", **PUBLIC)
async def list_channels(channels: Channels) -> list[Channel]:
    """The ways to sign in that are switched on."""
    return list(channels.listed)


@get("/mine", **RESIDENT)
async def my_channels(db: Database, acting: Scope) -> list[Linked]:
    """The channels by which the resident signs in."""
    return await service.linked(db, acting)


@get("/wechat/js", **PUBLIC)
async def sign_page(
    identity: Database, keys: Keys, settings: Settings, channels: Channels, client_address: str, url: str
) -> JsSignature:
    """What wx.config needs for scanQRCode and getLocation on the page `url`. On iOS that is the first page of the visit."""
    return await service.sign_page(identity, keys, settings, channels, url, client_address)


@post("/wechat_mini/login", status_code=200, **PUBLIC)
async def app_login(
    identity: Database, keys: Keys, settings: Settings, channels: Channels, client_address: str, data: AppCode
) -> Response[AppLogin]:
    """Signs in with the code of wx.login. Unknown: the cookie lf_channel goes along with the registration and joins them."""
    answer, token, link = await service.app_login(identity, keys, channels, data.code, client_address)
    return Response(answer, cookies=_cookies(settings, token, link))


@post("/wechat_mini/phone", status_code=200, **PUBLIC)
async def app_phone(
    identity: Database, keys: Keys, channels: Channels, client_address: str, data: AppCode
) -> ProvenPhone:
    """The phone number behind the code of the phone-number button, with a proof for the registration."""
    return await service.app_phone(identity, keys, channels, data.code, client_address)


@get("/{name:str}/authorize", status_code=303, **PUBLIC)
async def authorize(
    request: Request[Any, Any, Any],
    identity: Database,
    keys: Keys,
    settings: Settings,
    channels: Channels,
    client_address: str,
    name: RedirectName,
    back: Annotated[str, QueryParameter(name="return")] = service.HOME,
    more: bool = False,
) -> Redirect:
    """Sends the browser to the provider. `return`: the page of ours to come back to; `more`: after a tap, a login that also
    tells the union id."""
    browser = Headers(request.scope["headers"]).cookie(BROWSER_COOKIE) or service.new_browser_secret()
    url = await service.leave(
        identity,
        keys,
        settings,
        channels,
        name,
        back=back,
        browser=browser,
        tapped=more,
        client_address=client_address,
    )
    return Redirect(url, status_code=303, cookies=[_short_cookie(settings, BROWSER_COOKIE, browser)])


@get("/{name:str}/callback", status_code=303, **PUBLIC)
async def callback(
    request: Request[Any, Any, Any],
    identity: Database,
    keys: Keys,
    settings: Settings,
    channels: Channels,
    maybe_resident: Scope | None,
    name: RedirectName,
) -> Redirect:
    """Where the provider sends the browser back to. `login` in the page's address says how it ended."""
    ended = await service.come_back(
        identity,
        keys,
        settings,
        channels,
        name,
        answer=dict(request.query_params),
        browser=Headers(request.scope["headers"]).cookie(BROWSER_COOKIE),
        resident=maybe_resident,
    )
    return Redirect(
        f"{ended.path}?login={ended.result}&by={quote(name)}",
        status_code=303,
        cookies=_cookies(settings, ended.token, ended.link),
    )


@delete("/{name:str}/link", **RESIDENT)
async def unlink(identity: Database, acting: Scope, name: LinkedName) -> None:
    """The channel no longer signs the resident in."""
    await service.part(identity, acting, name)


def _cookies(settings: Settings, token: str, link: str) -> list[Cookie]:
    if token:  # whoever is signed in waits for no registration
        return [session_cookie(settings, token), Cookie(links.COOKIE, value="", max_age=0, path="/", httponly=True)]
    return [_short_cookie(settings, links.COOKIE, link)] if link else []


def _short_cookie(settings: Settings, name: str, value: str) -> Cookie:
    return Cookie(
        name,
        value=value,
        max_age=int(links.VALID_FOR.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",  # the way back from the provider is a link, and carries it
        secure=settings.secure_cookies,
    )


router = Router(
    "/channels",
    route_handlers=[list_channels, my_channels, sign_page, app_login, app_phone, authorize, callback, unlink],
    tags=["channels"],
)
