"""What can be wrong with a door, a form or an answer."""

from lianfang.kit.errors import FieldError, ProblemType, wrong_field

CODE_UNKNOWN = ProblemType(
    "door_unknown",
    404,
    "没有这个登记点。请重新扫描门口的二维码，或请工作人员帮助。",
    "There is no such checkpoint. Scan the code at the door again, or ask the attendant.",
)
CODE_REPLACED = ProblemType(
    "door_code_replaced",
    410,
    "这个二维码已经更换。请扫描门口张贴的新码。",
    "This QR code has been replaced. Please scan the new one at the door.",
)
DOOR_CLOSED = ProblemType(
    "door_closed", 409, "该登记点已停用，请联系工作人员。", "This checkpoint is closed; please ask the attendant."
)
TEMPLATE_UNKNOWN = ProblemType(
    "template_unknown",
    422,
    "没有这个表单（{id}）。请从列表中选择。",
    "There is no form {id}; choose one from the list.",
)
TEMPLATE_CHANGED = ProblemType(
    "template_changed",
    409,
    "“{name}”已经有第 {version} 版，不是您开始编辑时的那一版。您的草稿还在；请先查看最新版，再决定是否发布。",
    "“{name}” already has version {version}, not the one that you began with. Your draft is kept; look at the newest version first.",
)
TOO_MANY_TENANTS = ProblemType(
    "too_many_tenants",
    422,
    "一个登记点最多有 {max} 家入驻单位，现有 {there} 家。请先将已搬走的标为迁出，或为另一个入口单独建立登记点。",
    "A checkpoint has at most {max} tenants, and has {there}. Close those that have left, or give another entrance a checkpoint of its own.",
)
TOO_MANY = ProblemType("too_many_rows", 422, "一次最多 {max} 条。", "At most {max} rows in one call.")


def version_unknown() -> FieldError:
    return wrong_field(
        "template_id",
        "unknown",
        "这里的登记表已经换过，请刷新页面，按现在的登记表重新填写。",
        "The form at this checkpoint is another one by now; reload the page and answer the one that stands there.",
    )
