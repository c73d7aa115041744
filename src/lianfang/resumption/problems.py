"""What can go wrong with a daily report."""

from lianfang.kit.errors import ProblemType

NOT_ASKED = ProblemType(
    "report_not_asked",
    404,
    "目前没有单位请您填写每日健康报告。",
    "Nobody asks you for a daily report at present.",
)
DAY_OVER = ProblemType(
    "report_day_over",
    409,
    "日期已变为 {today}，这份 {day} 的报告没有保存。请刷新后按今天的情况填写。",
    "It is {today} now; this report of {day} was not stored. Reload the page and report for today.",
)
CLOSED = ProblemType(
    "report_closed",
    409,
    "今天 {due} 的截止时间已过，已交的报告不能再改。如需更正，请联系单位负责人。",
    "The time to correct today's report ended at {due}. Tell your company if something has to be put right.",
)
STEP_IMPOSSIBLE = ProblemType(
    "follow_up_step",
    409,
    "这条随访的状态已变，不能这样处理。请刷新后再看。",
    "The follow-up has another state by now, in which this cannot be done. Reload and look again.",
)
NO_PLAN = ProblemType(
    "no_report_plan",
    409,
    "该花名册还没有设置每日健康报告。请先设置谁、从何时起、几点前填报。",
    "This roster has no daily report yet. Set first who reports, from when, and until what time.",
)
NOT_EMPLOYEES = ProblemType(
    "roster_not_employees",
    422,
    "只有“员工”花名册可以设置每日健康报告。",
    "Only a roster of employees can have daily reports.",
)
