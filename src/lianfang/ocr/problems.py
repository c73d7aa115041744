"""What can be wrong with a picture of a card."""

from lianfang.kit.errors import ProblemType

PICTURE_TOO_LARGE = ProblemType(
    "picture_too_large",
    413,
    "照片超过 {limit_mib} MiB，请重新拍摄或手工填写。",
    "The picture is larger than {limit_mib} MiB; take another one, or type.",
)
CARD_UNREADABLE = ProblemType(
    "card_unreadable",
    422,
    "没有读到正确的证件号码。请把身份证正面放平、铺满画面、避开反光后重拍，或手工填写。",
    "No valid number was read. Lay the card flat, fill the picture, avoid reflections and try again, or type.",
)
OCR_MISSING = ProblemType(
    "ocr_missing",
    503,
    "服务器没有安装证件识别组件。请手工填写，并告知管理员。",
    "Reading cards is not installed on this server. Please type, and tell the administrator.",
)
