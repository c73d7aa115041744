"""What can be wrong with a comparison or a proposal."""

from lianfang.kit.errors import ProblemType

PLAN_UNKNOWN = ProblemType(
    "plan_unknown", 422, "没有方案 {plan}，可用：{known}。", "There is no plan {plan}; there are {known}."
)
SAME_PLAN = ProblemType(
    "plan_same", 422, "两个方案相同，没有可比较的。", "Both plans are the same; there is nothing to compare."
)
COMPARE_FIRST = ProblemType(
    "plan_compare_first",
    409,
    "请先用现行方案与它比较：只有 24 小时内完成、且以现行方案为基准的比较，才能据以提请启用。",
    "Compare it with the plan in force first: a proposal rests on a comparison with that, finished within the last 24 hours.",
)
SECOND_OFFICIAL = ProblemType(
    "plan_second_official",
    403,
    "须由另一单位的另一位管理员确认，且两人中至少一人属于最上级单位。方案没有改变。",
    "Another administrator of another unit has to confirm it, and one of the two has to be of the topmost unit. No plan was changed.",
)
PROPOSAL_CLOSED = ProblemType(
    "plan_proposal_closed",
    409,
    "这项提请已经办结或已过期，方案没有因此改变。",
    "This proposal is decided already, or has lapsed; no plan was changed by this.",
)
