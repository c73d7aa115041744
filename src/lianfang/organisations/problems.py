"""What can be wrong with a unit."""

from lianfang.kit.errors import ProblemType

NO_ROOM = ProblemType(
    "unit_no_room",
    409,
    "“{name}”下的位置已用完，请在其他上级单位下新建，或联系系统管理员重排。",
    "There is no place left under “{name}”; create it under another unit or ask the system's operator to re-place the tree.",
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
