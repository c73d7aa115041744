"""Why somebody opens or exports what is masked elsewhere: asked for, and recorded."""

from lianfang.kit.errors import ProblemType

PURPOSE_MIN = 4
PURPOSE_MISSING = ProblemType(
    "purpose_missing",
    422,
    "请填写用途（至少 4 个字），将被记录。",
    "State the purpose (at least 4 characters); it is recorded.",
)


def checked_purpose(purpose: str) -> str:
    if len(purpose.strip()) < PURPOSE_MIN:
        raise PURPOSE_MISSING()
    return purpose.strip()[:200]
