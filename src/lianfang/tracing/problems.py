"""What can be wrong with a trace that is asked for."""

from lianfang.kit.errors import ProblemType

PLAN_UNKNOWN = ProblemType(
    "trace_plan_unknown",
    422,
    "没有方案 {plan}，可用：{known}。",
    "There is no plan {plan}; there are {known}.",
)
NOT_FINISHED = ProblemType(
    "trace_not_finished",
    409,
    "这次追踪还没有完成，请稍后再看。",
    "This trace is not finished yet; look again in a moment.",
)
TOO_MANY_CASES = ProblemType(
    "trace_cases_many",
    422,
    "一次最多 {max} 个病例，没有读入。请分成几次。",
    "At most {max} cases at once; none was read. Split the list.",
)
