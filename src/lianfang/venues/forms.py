"""What a form must be before it is stored: pure."""

from collections.abc import Mapping, Sequence

from lianfang.kit.errors import FieldError, wrong_field
from lianfang.venues.model import Field


def field_errors(fields: Sequence[Field]) -> list[FieldError]:
    """Everything that is wrong with a form's fields."""
    errors = []
    above: dict[str, Field] = {}
    for index, field in enumerate(fields):
        if field.key in above:
            errors.append(
                wrong_field(
                    f"fields[{index}].key",
                    "twice",
                    "字段标识重复：{key}。",
                    "The key {key} is used twice.",
                    key=field.key,
                )
            )
        if field.type == "choice" and len({choice.value for choice in field.choices}) < max(2, len(field.choices)):
            errors.append(
                wrong_field(
                    f"fields[{index}].choices",
                    "choices",
                    "选择题至少要有两个不同的选项。",
                    "A choice needs at least two different options.",
                )
            )
        if field.min is not None and field.max is not None and field.min > field.max:
            errors.append(
                wrong_field(
                    f"fields[{index}].max", "range", "最大值小于最小值。", "The largest number is below the smallest."
                )
            )
        if error := _condition_error(f"fields[{index}].show_when", field, above):
            errors.append(error)
        above.setdefault(field.key, field)
    return errors


def _condition_error(path: str, field: Field, above: Mapping[str, Field]) -> FieldError | None:
    """A condition looks upwards only, so no chain of conditions closes to a circle."""
    if field.show_when is None:
        return None
    wanted, equals = field.show_when.field, field.show_when.equals
    asked = above.get(wanted)
    if asked is None:
        return wrong_field(
            f"{path}.field",
            "above",
            "“{label}”的显示条件应取自排在它前面的选择题（{key} 不在前面）。",
            "“{label}”: its condition must look at a choice above it; {key} is not above.",
            label=field.label,
            key=wanted,
        )
    if asked.type != "choice":
        return wrong_field(
            f"{path}.field",
            "type",
            "“{label}”的显示条件只能取自选择题，“{asked}”不是选择题。",
            "“{label}”: its condition must look at a choice; “{asked}” is not one.",
            label=field.label,
            asked=asked.label,
        )
    options = {choice.value for choice in asked.choices}
    if unknown := [value for value in equals if value not in options]:
        return wrong_field(
            f"{path}.equals",
            "value",
            "“{label}”的显示条件用了“{asked}”没有的选项：{values}。",
            "“{label}”: its condition names options that “{asked}” does not have: {values}.",
            label=field.label,
            asked=asked.label,
            values="、".join(unknown),
        )
    return None
