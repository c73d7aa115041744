"""What can go wrong with a device and its readings."""

from lianfang.kit.errors import ProblemType

READING_CHANGED = ProblemType(
    "reading_id_reused",
    409,
    "这个读数编号已用于另一次测量，原读数未改动。",
    "This id belongs to another reading, which stays as it is.",
)
