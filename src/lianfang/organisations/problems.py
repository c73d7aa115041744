"""What can be wrong with a unit."""

from lianfang.kit.errors import ProblemType

NO_ROOM = ProblemType(
    "unit_no_room",
    409,
    "“{name}”下的位置已用完。请上级管理员把“{name}”移到它现在的上级之下（位置不变，会分到更大的空间），然后再试。",
    "There is no place left under “{name}”. Ask the administrator above to move “{name}” to where it already is "
    "(nothing else changes, and it gets more room), then try again.",
)
LEVEL_ORDER = ProblemType(
    "unit_level_order",
    422,
    "下级单位的级别必须低于上级（{parent}）。",
    "A child's level must be below its parent's ({parent}).",
)
NAME_TAKEN = ProblemType(
    "unit_name_taken",
    409,
    "同一上级下已有名为“{name}”的单位。",
    "A unit named “{name}” already exists under the same parent.",
)
CODE_TAKEN = ProblemType(
    "unit_code_taken", 409, "区划代码 {code} 已被使用。", "Division code {code} is already in use."
)
UNIT_CLOSED = ProblemType(
    "unit_closed",
    409,
    "“{name}”已撤销。请先重新启用该单位，或选择其他单位。",
    "“{name}” is closed. Reopen it first, or choose another unit.",
)
