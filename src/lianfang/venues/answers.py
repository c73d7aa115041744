"""Checking answers against a form: pure, called for every scan."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from lianfang.kit import identifiers
from lianfang.kit.errors import FieldError, Text
from lianfang.venues.model import Field

Answer = str | int | float
Check = Callable[[Answer], Answer | None]

REQUIRED = Text("请填写“{label}”。", "Please answer “{label}”.")
UNKNOWN = Text("表单里没有这一项，请刷新页面后重填。", "The form has no such field; reload the page.")
WRONG = {
    "text": Text("“{label}”应为文字，最多 {max} 个字。", "“{label}” takes text of at most {max} characters."),
    "number": Text("“{label}”应为数字{range}。", "“{label}” takes a number{range}."),
    "choice": Text("“{label}”请从选项中选择。", "“{label}”: please choose one of the options."),
    "date": Text("“{label}”应为日期，如 2026-01-31。", "“{label}” takes a date such as 2026-01-31."),
    "document": Text("“{label}”号码不对，请逐位核对。", "“{label}”: the number is not valid; check each character."),
    "phone": Text("“{label}”应为手机号，如 13800001111。", "“{label}” takes a phone number such as 13800001111."),
}


class CompiledForm:
    """A form ready to check answers."""

    def __init__(self, fields: list[Field]) -> None:
        self._fields = {field.key: (field, _checker(field)) for field in fields}

    def check(self, answers: Mapping[str, Answer]) -> tuple[dict[str, Answer], list[FieldError]]:
        """The answers as they are stored, and what is wrong with them. Empty texts count as unanswered.

        An answer to a hidden field is left out and not complained about: a phone may still hold the one that was typed
        before the answer above it changed.
        """
        stored: dict[str, Answer] = {}
        errors: list[FieldError] = []
        if not answers.keys() <= self._fields.keys():
            unknown = [key for key in answers if key not in self._fields]
            errors = [FieldError(f"answers.{key[:40]}", "unknown", UNKNOWN) for key in unknown]
        for key, (field, check) in self._fields.items():  # a condition looks at a field above it, decided by now
            if field.show_when is not None and not shown(field, stored):
                continue
            answer = answers.get(key)
            if answer is None or _empty(answer):
                if field.required:
                    errors.append(_error(field, "required", REQUIRED))
            elif (checked := check(answer)) is None:
                errors.append(_error(field, field.type, WRONG[field.type]))
            else:
                stored[key] = checked
        return stored, errors

    def recall(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """Those of a person's earlier answers that still fit, shown or hidden: a hidden field may be shown next."""
        fitting = {
            key: check(answers[key])
            for key, (_, check) in self._fields.items()
            if key in answers and not _empty(answers[key])
        }
        return {key: answer for key, answer in fitting.items() if answer is not None}


def shown(field: Field, stored: Mapping[str, Answer]) -> bool:
    """Whether a field is asked, given the answers to the shown fields above it."""
    condition = field.show_when
    return condition is None or stored.get(condition.field) in condition.equals


def _empty(answer: Answer) -> bool:
    return isinstance(answer, str) and not answer.strip()


def _error(field: Field, code: str, text: Text) -> FieldError:
    bounds = "" if field.min is None and field.max is None else f" [{_bound(field.min)}, {_bound(field.max)}]"
    values = {"label": field.label, "max": field.max_length, "range": bounds}
    return FieldError(
        f"answers.{field.key}", code, Text(text.zh, text.en.replace("{label}", field.label_en or field.label)), values
    )


def _bound(value: float | None) -> str:
    return "…" if value is None else f"{value:g}"


def _checker(field: Field) -> Check:
    """Gives the answer as it is stored; None where it does not fit."""
    if field.type != "choice":
        return partial(_check, field)
    values = frozenset(choice.value for choice in field.choices)

    def choose(answer: Answer) -> Answer | None:
        return text if isinstance(answer, str) and (text := answer.strip()) in values else None

    return choose


def _check(field: Field, answer: Answer) -> Answer | None:
    if field.type == "number":
        return _number(field, answer)
    if not isinstance(answer, str):
        return None
    text = answer.strip()
    if field.type == "text":
        return text if len(text) <= field.max_length and "\0" not in text else None
    try:
        if field.type == "date":
            return date.fromisoformat(text).isoformat()
        if field.type == "document":
            return identifiers.document("resident_id" if len(text) == 18 else "passport", text)
        return identifiers.phone(text)
    except ValueError:
        return None


def _number(field: Field, answer: Answer) -> Answer | None:
    if isinstance(answer, str):
        try:
            answer = float(answer)
        except ValueError:
            return None
    # also refuses NaN, which is in no interval
    low = field.min if field.min is not None else -1e15
    high = field.max if field.max is not None else 1e15
    return answer if low <= answer <= high else None
