"""What can go wrong with alerts."""

from lianfang.kit.errors import ProblemType

ALREADY_ACKNOWLEDGED = ProblemType(
    "already_acknowledged",
    409,
    "{by} 已处理这条预警。",
    "{by} has already taken this alert on.",
)
TOO_MANY_CONTACTS = ProblemType(
    "too_many_contacts",
    422,
    "每个单位最多 {max} 个通知对象，请先删除不用的。",
    "A unit has {max} contacts at most; delete one first.",
)
