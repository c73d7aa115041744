"""What can go wrong with a certificate or the trust list."""

from lianfang.certificates.refusals import TEXTS, Refused
from lianfang.kit.errors import FieldError, Problem, ProblemType

REFUSED = ProblemType("certificate_refused", 422, "这份证明没有采用。", "This certificate was not taken.")
SIGNER_WRONG = ProblemType(
    "signer_wrong",
    422,
    "文件里没有可用的签名证书或密钥（{detail}）。请上传 PEM/DER 证书，或签发机构的 JWKS 文件和网址。",
    "There is no usable signer certificate or key in it ({detail}). Upload a certificate in PEM or DER, or the issuer's JWKS with its address.",
)
MARKS_WRONG = ProblemType(
    "marks_wrong",
    422,
    "第 {line} 行既不是证明编号（URN:UVCI:…），也不是 32 位十六进制摘要。没有保存任何一行。",
    "Line {line} is neither a certificate's number (URN:UVCI:…) nor a digest of 32 hexadecimal digits. None was stored.",
)

TOP_ONLY = ProblemType(
    "top_unit_only",
    403,
    "信任名单对所有单位有效，只能由最高一级单位的管理员修改。",
    "The trust list counts for every unit; only administrators of the topmost unit may change it.",
)


def of_refusal(refused: Refused) -> Problem:
    """A 422 whose one field error says why."""
    return REFUSED(errors=[FieldError("certificate", refused.reason, TEXTS[refused.reason], refused.values)])
