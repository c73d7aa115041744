"""What can go wrong with a terminal."""

from lianfang.kit.errors import ProblemType

SIGNATURE = ProblemType(
    "terminal_signature",
    401,
    "终端签名不正确、已过期或已使用过。请核对终端编号、密钥和时钟（误差 60 秒以内）。",
    "The terminal's signature is wrong, too old, or used already. Check its number, its key and its clock (within 60 seconds).",
)
ENROLMENT = ProblemType(
    "enrolment_code",
    422,
    "注册码不正确或已过期，请在管理台重新生成。",
    "The enrolment code is wrong or has expired. Make a new one in the console.",
)
KEY_KIND = ProblemType(
    "terminal_key",
    422,
    "密钥须为 Ed25519 或 P-256 公钥（DER，Base64），并由同一密钥签名。",
    "The key must be a public one of Ed25519 or P-256 (DER, base64), and the request signed with it.",
)
SEE_ATTENDANT = ProblemType(
    "see_attendant",
    409,
    "未能识别，请找值守人员登记。",
    "Not recognised. Please see the attendant.",
)
ONE_WAY = ProblemType(
    "one_way",
    422,
    "请给出证件、本终端的人员编号、码三者之一。",
    "Give one of three: a document, this terminal's reference of the person, or a code.",
)
