"""What can be wrong with a share."""

from lianfang.kit.errors import ProblemType

SHARE_OVER = ProblemType(
    "share_over",
    410,
    "这项共享已到期、未开始或已撤回，不能再查看。如仍需要，请联系共享方。",
    "This share has ended, has not begun or was withdrawn. If you still need it, ask the unit that shared it.",
)
SHARE_NO_EXPORT = ProblemType(
    "share_no_export",
    403,
    "共享方没有允许导出，只能在线查看。",
    "The unit that shares this does not allow exports; it can only be read here.",
)
SHARE_OTHER_KIND = ProblemType("share_other_kind", 404, "这项共享不包含此类内容。", "This share does not contain that.")
SHARE_WITH_ITSELF = ProblemType(
    "share_with_itself",
    422,
    "不能共享给自己，或已经包含它的下级。请选择其他单位。",
    "A unit cannot share with itself or a unit below it. Choose another one.",
)
ADDRESSEE_UNKNOWN = ProblemType(
    "addressee_unknown",
    422,
    "没有这个单位，或已撤销。请用区划代码或准确的名称重新查找。",
    "There is no such unit, or it is closed. Look it up again by its division code or exact name.",
)
