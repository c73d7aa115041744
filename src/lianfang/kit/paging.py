"""Cursor paging: a cursor is the sort key of the last row shown, so a page costs the same wherever it is."""

import base64
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from lianfang.kit.errors import ProblemType

T = TypeVar("T")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200

BAD_CURSOR = ProblemType(
    "bad_cursor",
    400,
    "翻页位置无效，请从第一页重新开始。",
    "That page marker is not valid; start again from the first page.",
)


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some rows, and where the next ones begin (null: these are the last)."""

    items: list[T]
    next: str | None = None


def encode_cursor(*key: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, kind: type[T]) -> T | None:
    """The key in a cursor as a `kind` (a tuple type), None where there is no cursor; Problem `bad_cursor` otherwise."""
    if not cursor:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (ValueError, msgspec.DecodeError):
        raise BAD_CURSOR() from None


def clamp(limit: int | None) -> int:
    return max(1, min(limit or DEFAULT_LIMIT, MAX_LIMIT))


def page(rows: list[T], limit: int, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """A page from `limit + 1` rows: the extra row only tells that there are more."""
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, encode_cursor(*key(rows[-1])) if more else None)
