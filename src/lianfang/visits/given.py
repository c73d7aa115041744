"""Answers as staff read them: with the words of the question and of the option that was chosen."""

from uuid import UUID

import msgspec

from lianfang.kit.crypto import Keys
from lianfang.venues.answers import Answer
from lianfang.venues.model import Field, Template
from lianfang.visits.model import GivenAnswer


def given_answers(
    keys: Keys, template: Template, person_id: int, scan_id: UUID, answers: bytes | None
) -> list[GivenAnswer]:
    """The answers of a scan in the order of its form."""
    if not answers:
        return []
    given = msgspec.json.decode(keys.decrypt(answers, f"visits.answers:{person_id}:{scan_id}"))
    return [_given(field, given[field.key]) for field in template.fields if field.key in given]


def _given(field: Field, answer: Answer) -> GivenAnswer:
    chosen = next((choice for choice in field.choices if choice.value == answer), None)
    words = (chosen.label, chosen.label_en) if chosen else ("", "")
    return GivenAnswer(field.key, field.label, field.label_en, answer, *words)
