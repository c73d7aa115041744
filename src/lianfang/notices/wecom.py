"""Messages to a group of WeCom (企业微信) through its robot.

Document: developer.work.weixin.qq.com/document/path/91770 (群机器人配置说明). Only the robot's key is kept: the address is ours to say.
"""

import re
from collections.abc import Mapping

import aiohttp
import msgspec

from lianfang.notices.sender import DelayedError, RefusedError

TEXT = "text"
"""The one template: `content` is sent as it is."""
KEY = re.compile(r"[0-9A-Za-z-]{20,64}")
# 20 messages a minute for one robot
TOO_MANY, TOO_MANY_S = 45009, 60
PASSING = {-1, 45009, 45033}


class _Answer(msgspec.Struct, frozen=True):
    errcode: int
    errmsg: str = ""


def robot_key(text: str) -> str | None:
    """The key in the address that WeCom shows for a robot, or the key itself; None for anything else."""
    text = text.strip()
    if found := re.fullmatch(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([0-9A-Za-z-]+)", text):
        text = found[1]
    return text if KEY.fullmatch(text) else None


class WecomRobot:
    """The robots of WeCom."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._url = base.rstrip("/") + "/cgi-bin/webhook/send"

    async def send(self, recipient: str, template: str, parameters: Mapping[str, str], reference: str) -> str:
        """Sends a text to the group of the robot whose key is `recipient`. WeCom gives messages no id, so it is ours."""
        body = {"msgtype": "text", "text": {"content": parameters["content"]}}
        try:
            async with self._http.post(self._url, params={"key": recipient}, json=body) as response:
                status, raw = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            # the error's text would quote the address with the robot's key in it
            raise DelayedError(type(error).__name__) from None
        try:
            answer = msgspec.json.decode(raw, type=_Answer)
        except msgspec.DecodeError:
            raise DelayedError(f"HTTP {status}") from None
        if answer.errcode == 0:
            return reference
        if answer.errcode in PASSING or status >= 500:
            raise DelayedError(str(answer.errcode), TOO_MANY_S if answer.errcode == TOO_MANY else 0)
        raise RefusedError(str(answer.errcode))
