"""Why a certificate is not accepted, in words for its holder. Each refusal has one reason."""

from typing import Final, Literal

from lianfang.kit.errors import Text

Reason = Literal[
    "unknown_form", "part", "damaged", "content", "algorithm", "unknown_signer", "signer_voided", "signer_expired",
    "wrong_issuer", "wrong_use", "forged", "not_yet", "expired", "revoked", "other_disease", "no_result", "other_name", "other_birth",
    "no_birth", "mrz", "other_document", "known",
]  # fmt: skip

TEXTS: Final[dict[Reason, Text]] = {
    "unknown_form": Text(
        "这不是可以识别的健康证明。请扫描以“HC1:”或“shc:/”开头的二维码。",
        "This is not a health certificate we can read. Scan a QR code that begins with “HC1:” or “shc:/”.",
    ),
    "part": Text(
        "这份证明分成 {count} 个二维码，请全部扫描后一起提交。",
        "This certificate comes in {count} QR codes; scan all of them and send them together.",
    ),
    "damaged": Text(
        "证明的内容不完整或已损坏。请重新扫描原件。",
        "The certificate is incomplete or damaged. Scan the original again.",
    ),
    "content": Text(
        "证明缺少必要内容或内容有误（{detail}）。请联系签发机构更正。",
        "The certificate lacks something or states something impossible ({detail}). Ask its issuer to correct it.",
    ),
    "algorithm": Text(
        "证明使用了不支持的签名方式。请联系签发机构换发。",
        "The certificate is signed in a way that is not supported. Ask its issuer for another one.",
    ),
    "unknown_signer": Text(
        "签发机构不在本平台的信任名单中，证明没有采用。请携原件到社区办理。",
        "Its issuer is not on this platform's trust list, so the certificate was not taken. Bring the original to your community office.",
    ),
    "signer_voided": Text(
        "签发这份证明的密钥已被停用，证明没有采用。请向签发机构换发。",
        "The key that signed this certificate is no longer trusted. Ask the issuer for a new certificate.",
    ),
    "signer_expired": Text(
        "签发机构的签名证书不在有效期内，证明没有采用。请向签发机构换发。",
        "The issuer's signing key is not within its period of validity. Ask the issuer for a new certificate.",
    ),
    "wrong_issuer": Text(
        "证明上的签发国家或机构与签名者不一致，证明没有采用。",
        "The certificate names another country or issuer than the one that signed it; it was not taken.",
    ),
    "wrong_use": Text(
        "签名者无权签发这一类证明，证明没有采用。",
        "Its signer may not issue certificates of this kind; it was not taken.",
    ),
    "forged": Text(
        "签名不符：内容被改动过，或不是该机构签发的。证明没有采用。",
        "The signature does not fit: the content was changed, or another party signed it. It was not taken.",
    ),
    "not_yet": Text("证明尚未生效。请在 {since} 以后再提交。", "The certificate is not valid yet. Send it after {since}."),
    "expired": Text(
        "证明已于 {until} 过期。请向签发机构换发。", "The certificate expired on {until}. Ask its issuer for a new one."
    ),
    "revoked": Text("这份证明已被撤销，没有采用。", "This certificate has been revoked; it was not taken."),
    "other_disease": Text(
        "这份证明不是关于新型冠状病毒感染的。", "This certificate is not about COVID-19."
    ),
    "no_result": Text(
        "证明没有写明可以识别的检测结果，没有采用。",
        "The certificate states no result that we know; it was not taken.",
    ),
    "other_name": Text(
        "证明上的姓名与您登记的姓名不一致。请核对，或携证件和证明原件到社区办理。",
        "The name on the certificate is not the registered one. Compare them, or bring your document and the certificate to your community office.",
    ),
    "other_birth": Text(
        "证明上的出生日期与证件不一致，没有采用。",
        "The date of birth on the certificate is not that of your document; it was not taken.",
    ),
    "no_birth": Text(
        "您的证件号码不含出生日期。请同时提供证件机读区（底部带 < 的两行或三行）。",
        "Your document's number does not hold your date of birth. Please add the machine-readable lines of the document (the two or three with <).",
    ),
    "mrz": Text(
        "证件机读区有误，请逐字核对（包括 <）。", "The machine-readable lines are mistyped; compare each character, with the <."
    ),
    "other_document": Text(
        "机读区的证件号码与您登记的证件不一致。",
        "The machine-readable lines are those of another document than the registered one.",
    ),
    "known": Text("这份证明已经提交过。", "This certificate has been submitted before."),
}  # fmt: skip


class Refused(Exception):
    """The certificate is not accepted; `reason` says why, `values` fill the sentence."""

    def __init__(self, reason: Reason, **values: object) -> None:
        super().__init__(reason)
        self.reason: Final[Reason] = reason
        self.values: Final = values
