"""What can be wrong with a trip."""

from lianfang.kit.errors import ProblemType

NO_SUCH_TRIP = ProblemType(
    "trip_unknown",
    404,
    "这一天没有这个班次，请重新选择。",
    "There is no such trip on this day; choose again.",
)
NOT_UNDER_WAY = ProblemType(
    "no_trip_under_way",
    409,
    "没有进行中的班次，可能已经结束。",
    "No trip is under way; it may have been ended already.",
)
