"""WeChat: the official account's login by redirect and JS-SDK, and the mini-program's codes.

Documents: developers.weixin.qq.com/doc/service (网页授权, JS-SDK 说明文档), …/miniprogram/dev/OpenApiDoc (code2Session, getPhoneNumber).
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urldefrag

from lianfang.channels.model import Attempt, Identity, JsSignature, RefusedError, SnapshotError, UnavailableError
from lianfang.channels.wechat_api import WechatApi
from lianfang.kit import identifiers


class OfficialAccount:
    """Pages that are opened inside WeChat."""

    def __init__(self, api: WechatApi, open_url: str) -> None:
        self._api = api
        self._open_url = open_url.rstrip("/")

    async def authorize_url(self, attempt: Attempt, redirect_uri: str, *, tapped: bool) -> str:
        """Silent by default; WeChat allows the page that asks for a profile only after a tap. The order of the parameters
        and the fragment matter to WeChat."""
        scope = "snsapi_userinfo" if tapped else "snsapi_base"
        return (
            f"{self._open_url}/connect/oauth2/authorize?appid={quote(self._api.app_id)}"
            f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code&scope={scope}&state={attempt.state}#wechat_redirect"
        )

    async def identify(self, answer: Mapping[str, str], attempt: Attempt, redirect_uri: str) -> Identity:
        code = answer.get("code")
        if not code:
            raise RefusedError("cancelled")
        token = await self._api.as_app("/sns/oauth2/access_token", code=code, grant_type="authorization_code")
        if token.get("is_snapshotuser") == 1:
            raise SnapshotError("snapshot")
        open_id = str(token["openid"])
        union = token.get("unionid")
        if not union and "snsapi_userinfo" in str(token.get("scope", "")):
            info = await self._api.as_person(
                "/sns/userinfo", access_token=str(token["access_token"]), openid=open_id, lang="zh_CN"
            )
            union = info.get("unionid")
        return Identity((f"{self._api.app_id}:{open_id}",), f"wechat:{union}" if union else None)

    async def sign_page(self, url: str, now: datetime) -> JsSignature:
        """The signature for wx.config on the page at this address."""
        nonce, timestamp = secrets.token_hex(8), int(now.timestamp())
        signature = js_signature(await self._api.js_ticket(), nonce, timestamp, url)
        return JsSignature(self._api.app_id, timestamp, nonce, signature)


class MiniProgram:
    """Codes that the mini-program brings."""

    def __init__(self, api: WechatApi) -> None:
        self._api = api

    async def identify(self, code: str) -> Identity:
        answer = await self._api.as_app("/sns/jscode2session", js_code=code, grant_type="authorization_code")
        union = answer.get("unionid")  # the session key, with which WeChat's data could be opened, is not kept
        return Identity((f"{self._api.app_id}:{answer['openid']}",), f"wechat:{union}" if union else None)

    async def phone(self, code: str) -> str:
        answer = await self._api.with_token("POST", "/wxa/business/getuserphonenumber", body={"code": code})
        info = answer["phone_info"]
        if info["watermark"]["appid"] != self._api.app_id:
            raise UnavailableError("another app's answer")
        if str(info["countryCode"]) != "86":
            raise RefusedError("country")
        try:
            return identifiers.phone(str(info["purePhoneNumber"]))
        except identifiers.IdentifierError:
            raise RefusedError("number") from None


def js_signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """SHA-1 over four fields in alphabetical order; the address without its fragment, otherwise as the page sees it."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={urldefrag(url).url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
