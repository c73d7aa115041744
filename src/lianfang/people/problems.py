"""What can go wrong when somebody says who they are."""

from lianfang.kit.errors import ProblemType, Text

CODE_WRONG = ProblemType(
    "code_wrong",
    422,
    "验证码不正确或已过期。请核对短信，或重新获取。",
    "The code is wrong or has expired. Check the message or ask for a new one.",
)
DOCUMENT_TAKEN = ProblemType(
    "document_taken",
    409,
    "该证件已用其他姓名或手机号登记。如手机号已更换，请带证件到社区办理变更。",
    "This document is registered with another name or phone. If your number changed, bring the document to your community office.",
)
NAME_DIFFERS = ProblemType(
    "document_name_differs",
    409,
    "该证件号登记的是另一个姓名。请核对证件上的姓名和号码。",
    "This document is registered with another name. Compare name and number with the document.",
)
CANNOT_SEND = ProblemType(
    "cannot_send",
    503,
    "短信暂时无法发送，请稍后重试，或请现场工作人员代为登记。",
    "Text messages cannot be sent right now; try again later or ask the attendant to register you.",
)
TOO_MANY = ProblemType("too_many_rows", 422, "一次最多 {max} 条。", "At most {max} rows in one call.")

IDENTIFIER_TEXTS = {
    "empty": Text("请填写。", "Please fill this in."),
    "length": Text("位数不对，请逐位核对。", "The number of characters is wrong; compare it with the document."),
    "format": Text("格式不对，请按证件原样填写。", "The format is wrong; enter it as it is printed."),
    "date": Text(
        "号码中的出生日期不存在，请核对。", "The date of birth inside the number does not exist; please check it."
    ),
    "check_digit": Text(
        "最后一位校验码不符，请逐位核对号码。", "The last character does not match the others; check each digit."
    ),
    "type": Text("不支持的证件类型。", "This type of document is not supported."),
}
