"""Why a scan is not taken."""

from lianfang.kit.errors import ProblemType

CONTENT_CHANGED = ProblemType(
    "scan_id_reused",
    409,
    "这个登记编号已用于另一次登记，原记录未改动。请重新扫码登记。",
    "This scan id already belongs to another registration, which stays as it is. Please scan again.",
)
PERSON_UNKNOWN = ProblemType(
    "person_unknown",
    422,
    "没有这个人，或不是本账号导入的。请先用 /people/bulk 导入此人。",
    "No such person, or not one that this account imported. Import them first (/people/bulk).",
)
SCAN_LAPSED = ProblemType(
    "scan_lapsed",
    410,
    "等候已超过半小时，这次扫码已失效，没有登记。请重新扫码。",
    "This scan waited for more than half an hour and was not registered. Please scan again.",
)
ALREADY_DECIDED = ProblemType(
    "already_decided",
    409,
    "这次登记已有结果：{verdict}（经办：{by}）。",
    "This scan is decided already: {verdict} (by {by}).",
)
DECISION_CHANGED = ProblemType(
    "decision_id_reused",
    409,
    "这个操作编号已用于另一次操作，原结果未改动。请刷新后重试。",
    "This decision id already belongs to another decision, which stays as it is. Reload and try again.",
)
TEMPERATURE_NEEDED = ProblemType(
    "temperature_needed",
    422,
    "此处须先测体温，再放行。",
    "A temperature is taken here before anybody is let in: measure it first.",
)
TEMPERATURE_IMPLAUSIBLE = ProblemType(
    "temperature_implausible",
    422,
    "{celsius} ℃ 不太可能，请再测一次；确认无误可坚持提交。",
    "{celsius} °C is unlikely. Measure once more; if it is right, confirm it.",
)
CODE_EXPIRED = ProblemType(
    "code_expired",
    422,
    "这个码已失效或不是本系统的码，请对方刷新后再出示。",
    "This code has run out or is none of ours; ask the person to show a new one.",
)
EXPORT_TOO_LARGE = ProblemType(
    "export_too_large",
    422,
    "超过 {max} 条，不能直接下载。请用“后台导出”（POST /records/exports），完成后在“任务”中下载。",
    "More than {max} records cannot be downloaded directly. Start a run (POST /records/exports) and fetch the file from it.",
)
