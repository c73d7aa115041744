"""What can go wrong between guardians and members."""

from lianfang.kit.errors import ProblemType, Text

FULL = ProblemType(
    "family_full",
    409,
    "一部手机最多可为 {limit} 位家人亮码。请先结束一位，或由其他家人添加。",
    "One phone shows codes for {limit} people at most. End one first, or let another relative add this person.",
)
MEMBER_NEEDS_PROOF = ProblemType(
    "member_needs_proof",
    409,
    "此证件已有登记。请填写其本人登记的手机号，并输入该手机收到的验证码；没有手机的，请带双方证件到社区办理。",
    "This document is registered already. Give the phone number registered for it and the code sent to that phone; without a "
    "phone, bring both documents to your community office.",
)
MEMBER_ALREADY = ProblemType("member_already", 409, "这位家人已在列表中。", "This person is in your list already.")
NOT_IN_CARE = ProblemType(
    "not_in_care",
    403,
    "您不是此人的监护人，或已经结束。请刷新家人列表。",
    "You do not look after this person, or no longer. Reload your family list.",
)
MEMBER_LOCKED = ProblemType(
    "member_locked",
    403,
    "此人已有健康记录，而您的监护关系尚未核验。请带双方证件到社区核验后查看。",
    "There are records about this person, and your guardianship has not been proven. Bring both documents to your community office.",
)
ONESELF = Text("这是您本人的证件。", "This is your own document.")
CONSENT = Text("需要您的同意。请阅读最新的说明并勾选。", "Your consent is needed: read the present text and tick it.")
