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
PURPOSE_MISSING = ProblemType(
    "purpose_missing",
    422,
    "请填写用途（至少 4 个字），将被记录。",
    "State the purpose (at least 4 characters); it is recorded.",
)
