"""Problems: what went wrong, what to do, in the reader's language (RFC 9457).

A room declares its problems beside each other in `problems.py`; a service raises them; the web entrypoint renders them.
"""

import dataclasses
import functools
import random
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

import msgspec

Language = Literal["zh-CN", "en"]
RETRY_AFTER_S = (2, 3, 4)
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages; `{name}` places are filled when it is shown."""

    zh: str
    en: str

    def show(self, language: Language, **values: object) -> str:
        return (self.zh if language == "zh-CN" else self.en).format(**values)


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem. `code` is stable: programs match on it, people read the text."""

    code: str
    status: int
    zh: str
    en: str

    def __call__(
        self, *, errors: "list[FieldError] | None" = None, retry_after_s: int = 0, **values: object
    ) -> "Problem":
        return Problem(self, values=values, errors=tuple(errors or ()), retry_after_s=retry_after_s)


@dataclass(frozen=True, slots=True)
class FieldError:
    """Which field is wrong and what to do about it. `field` is the path in the request, e.g. `answers.phone`."""

    field: str
    code: str
    text: Text
    values: dict[str, object] = dataclasses.field(default_factory=dict)


@dataclass(slots=True)
class Problem(Exception):
    """A refused request."""

    type: ProblemType
    values: dict[str, object]
    errors: tuple[FieldError, ...] = ()
    retry_after_s: int = 0

    def __str__(self) -> str:
        return f"{self.type.code} {self.values or ''} {[e.field for e in self.errors] or ''}"


class FieldProblem(msgspec.Struct, frozen=True):
    """One wrong field of a refused request."""

    field: str
    code: str
    detail: str


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """`application/problem+json`."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []


def render(problem: Problem, language: Language) -> ProblemDetails:
    """The problem as its reader sees it."""
    text = Text(problem.type.zh, problem.type.en)
    return ProblemDetails(
        type=f"urn:lianfang:problem:{problem.type.code}",
        title=HTTPStatus(problem.type.status).phrase,
        status=problem.type.status,
        code=problem.type.code,
        detail=text.show(language, **problem.values),
        errors=[FieldProblem(e.field, e.code, e.text.show(language, **e.values)) for e in problem.errors],
    )


def response_parts(problem: Problem, language: Language) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body of the HTTP response."""
    headers = [(b"content-type", b"application/problem+json"), (b"content-language", language.encode())]
    if problem.retry_after_s:
        headers.append((b"retry-after", str(problem.retry_after_s).encode()))
    return problem.type.status, headers, msgspec.json.encode(render(problem, language))


@functools.lru_cache(1024)  # a few browsers' headers, each a thousand times a second
def choose_language(accept_language: str, cookie: str = "") -> Language:
    """The cookie's language if the person chose one, else the browser's first of ours; Chinese when it asks for neither."""
    if cookie in LANGUAGES:
        return "en" if cookie == "en" else "zh-CN"
    for part in accept_language.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "zh-CN"


MALFORMED = ProblemType(
    "malformed_json",
    400,
    "请求不是有效的 JSON（{reason}）。请检查后重发。",
    "The request is not valid JSON ({reason}). Correct it and send it again.",
)
INVALID = ProblemType(
    "invalid_request",
    422,
    "有 {count} 处需要修改，请看各项说明。",
    "{count} field(s) need correction; see each one's note.",
)
NOT_FOUND = ProblemType("not_found", 404, "没有找到，或不在您的管理范围内。", "Not found, or not within your area.")
METHOD = ProblemType("method_not_allowed", 405, "此地址不支持这种操作。", "This address does not support that method.")
FORBIDDEN = ProblemType(
    "forbidden",
    403,
    "您的角色没有这项权限，请联系上级管理员。",
    "Your role does not allow this; ask the administrator above you.",
)
NOT_SIGNED_IN = ProblemType("not_signed_in", 401, "请先登录。", "Please sign in first.")
CROSS_SITE = ProblemType(
    "cross_site",
    403,
    "请求来自其他网站，已拒绝。请在本系统页面内操作。",
    "The request came from another site and was refused. Use this system's own pages.",
)
TOO_LARGE = ProblemType(
    "body_too_large", 413, "内容过大，上限为 {limit_kib} KiB。", "The body is too large; the limit is {limit_kib} KiB."
)
MEDIA_TYPE = ProblemType("media_type", 415, "请以 {expected} 发送。", "Send it as {expected}.")
UNSTORABLE = ProblemType(
    "unstorable",
    422,
    "内容含有无法保存的字符，请删除后重发。",
    "The content holds a character that cannot be stored; remove it and send it again.",
)
BUSY = ProblemType(
    "busy",
    503,
    "系统繁忙，请在 {seconds} 秒后重试；重试不会重复登记。",
    "Busy; try again in {seconds} s. A retry is never counted twice.",
)
INTERNAL = ProblemType(
    "internal",
    500,
    "系统出错，没有保存任何内容。请重试；编号 {incident}。",
    "An error on our side; nothing was stored. Try again; incident {incident}.",
)


def busy(seconds: int | None = None) -> Problem:
    """Nothing was done; whoever asked is to ask again. Not all at the same moment, or the next wave is as high as this one."""
    seconds = seconds or random.choice(RETRY_AFTER_S)  # noqa: S311 -- spread, not secret
    return BUSY(retry_after_s=seconds, seconds=seconds)


def invalid(*errors: FieldError) -> Problem:
    """A 422 that names every wrong field at once."""
    return INVALID(errors=list(errors), count=len(errors))


def wrong_field(name: str, code: str, zh: str, en: str, **values: Any) -> FieldError:
    """Shorthand for a field error with its two sentences."""
    return FieldError(name, code, Text(zh, en), values)


_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `([^`]+)`")


def schema_error(path: str, detail: str) -> FieldError:
    """msgspec's complaint about a field; where one is missing or unknown, it is that field which is named."""
    if found := _FIELD.match(detail):
        path = f"{path}.{found[1]}" if path else found[1]
    return wrong_field(path or "body", "schema", "格式不符：{detail}", "Does not fit: {detail}", detail=detail)
