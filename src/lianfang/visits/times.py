"""When a scan may have happened: checked before it is taken."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from lianfang.kit.errors import FieldError, wrong_field
from lianfang.visits.store import SKEW

EARLIEST = datetime(1971, 1, 3, tzinfo=UTC)  # where everything is kept; the first partition there can be is 1971-01-01
SKEW_S = SKEW.total_seconds()
AHEAD = timedelta(minutes=5)  # an offline client's clock may run ahead this much


def version_error(name: str, value: UUID) -> FieldError | None:
    if (value.int >> 76) & 0xF == 7:  # the property of that name is ten times as dear
        return None
    return wrong_field(name, "version", "编号应为 UUIDv7。", "This id must be a UUIDv7.")


def time_errors(scan_id: UUID, at: datetime | None, now: datetime, retention: timedelta | None) -> list[FieldError]:
    """What is wrong with the id and the time of a scan; `at` is None for one that happens now."""
    if error := version_error("scan_id", scan_id):
        return [error]
    apart = abs((scan_id.int >> 80) / 1000 - (at or now).timestamp()) > SKEW_S
    if at is None and not apart:  # the usual scan
        return []
    at = at or now
    if at.tzinfo is None:
        return [
            wrong_field(
                "at", "zone", "时间须带时区，如 2026-01-31T08:00:00Z。", "at needs a zone: 2026-01-31T08:00:00Z."
            )
        ]
    if at > now + AHEAD:
        return [
            wrong_field(
                "at", "future", "时间在未来，请校准手机时钟。", "at lies in the future; check the phone's clock."
            )
        ]
    oldest = now - retention if retention else EARLIEST
    if at < oldest:
        return [
            wrong_field(
                "at",
                "too_old",
                "早于 {day} 的登记已不再保存，不能补登。",
                "Visits before {day} are not kept and can no longer be registered.",
                day=oldest.date(),
            )
        ]
    if apart:
        return [
            wrong_field(
                "scan_id",
                "clock",
                "手机时钟与系统相差太多，请校准后重新扫码。",
                "The phone's clock is too far from the system's; set it and scan again.",
            )
        ]
    return []
