"""Asking a provider over HTTP. Its addresses carry our secret (WeChat) or a person's code, so an error names its kind only."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from lianfang.channels.model import UnavailableError

TIMEOUT_S = 8.0
ANSWER_MAX = 256 * 1024


def open_http() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))


async def ask(
    http: aiohttp.ClientSession, method: str, url: str, *, accept: tuple[int, ...] = (200,), **request: Any
) -> bytes:
    """The body of an answer with one of the accepted statuses; UnavailableError otherwise."""
    try:
        async with http.request(method, url, allow_redirects=False, **request) as response:
            body = await response.content.read(ANSWER_MAX)
            if response.status not in accept:
                raise UnavailableError(f"HTTP {response.status}")
            return body
    except (aiohttp.ClientError, TimeoutError) as error:
        raise UnavailableError(type(error).__name__) from None  # the error's text may quote the address


async def ask_json(http: aiohttp.ClientSession, method: str, url: str, **request: Any) -> Mapping[str, Any]:
    """The JSON object of an answer. Its declared type does not matter: WeChat calls it text/plain."""
    try:
        value = msgspec.json.decode(await ask(http, method, url, **request))
    except msgspec.DecodeError:
        raise UnavailableError("not JSON") from None
    if not isinstance(value, dict):
        raise UnavailableError("not an object")
    return value
