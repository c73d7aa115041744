"""What can go wrong with codes that are shown."""

from lianfang.credentials.token import Reason
from lianfang.kit.errors import ProblemType

DEVICE_KEY = ("请重新打开健康码页面。", "Open the code page again.")

REFUSED: dict[Reason, ProblemType] = {
    "unknown": ProblemType("code_unknown", 422, "这不是本平台的码。", "This is no code of this platform."),
    "forged": ProblemType(
        "code_forged",
        422,
        "签名不符，此码不是本平台签发的。",
        "The signature is wrong: this code was not issued by us.",
    ),
    "expired": ProblemType(
        "code_old",
        422,
        "此码已超过有效期，请对方联网刷新，或重新打印。",
        "This code is past its time. The holder's phone must go online, or the code be printed anew.",
    ),
    "stale": ProblemType(
        "code_stale",
        422,
        "这是先前的画面（可能是截图），请对方当面打开健康码。",
        "This is an earlier picture, perhaps a screenshot. Ask for the live code.",
    ),
    "ahead": ProblemType(
        "code_ahead",
        422,
        "对方手机的时间不对，请校准后再扫。",
        "The clock of the holder's phone is wrong; it must be set first.",
    ),
    "void": ProblemType("code_void", 422, "此码已作废。", "This code was made void."),
}
UNKNOWN_LIST = ProblemType("status_list_unknown", 404, "没有这份状态名单。", "There is no such status list.")
