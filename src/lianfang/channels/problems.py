"""What can go wrong on the way in through a channel."""

from lianfang.kit.errors import ProblemType

CHANNEL_OFF = ProblemType("channel_off", 404, "没有开通这种登录方式。", "This way of signing in is not switched on.")
BAD_RETURN = ProblemType(
    "bad_return", 422, "返回地址只能是本系统的页面。", "The way back must be a page of this system."
)
CHANNEL_REFUSED = ProblemType(
    "channel_refused",
    422,
    "授权已失效或被取消，请重新授权。",
    "The authorization has expired or was cancelled; please authorize again.",
)
CHANNEL_UNAVAILABLE = ProblemType(
    "channel_unavailable",
    503,
    "登录服务暂时没有响应，请稍后再试，或用短信验证码登记。",
    "The sign-in service is not responding; try again later, or register with a text message.",
)
