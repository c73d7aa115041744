"""Why a unit cannot be moved, merged, closed or reopened."""

from lianfang.kit.errors import ProblemType

OWN_UNIT = ProblemType(
    "unit_own",
    409,
    "不能移动、合并或撤销您自己所在的单位，请由上级管理员操作。",
    "You cannot move, merge or close the unit that you work for; ask the administrator above.",
)
BELOW_ITSELF = ProblemType(
    "unit_below_itself",
    409,
    "“{name}”在要移动的单位之内，请选择其他单位。",
    "“{name}” is inside the unit that is to move; choose another one.",
)
ALREADY_CLOSED = ProblemType("unit_already_closed", 409, "“{name}”已经撤销。", "“{name}” is closed already.")
NOT_CLOSED = ProblemType("unit_not_closed", 409, "“{name}”没有撤销。", "“{name}” is not closed.")
CLOSED_ABOVE = ProblemType(
    "unit_closed_above",
    409,
    "“{name}”是随上级单位一起撤销的，请先重新启用上级单位。",
    "“{name}” was closed together with a unit above it; reopen that one.",
)
