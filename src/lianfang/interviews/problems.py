"""What can be wrong with an interview."""

from lianfang.kit.errors import ProblemType

CHANGED = ProblemType(
    "interview_changed",
    409,
    "这一段已被别人修改，没有保存。请刷新后再改。",
    "Somebody else has changed this stay; nothing was stored. Load it again, then correct it.",
)
