"""What can go wrong when evidence comes in."""

from lianfang.kit.errors import ProblemType, Text

SIGNATURE = ProblemType(
    "signature_wrong",
    401,
    "签名不符，或该密钥未登记、未确认、已停用。没有保存任何内容。请用登记的 Ed25519 密钥对完整正文签名后重发。",
    "The signature does not fit, or the key is not registered, not confirmed or void. Nothing was stored. Sign the whole body with the registered Ed25519 key and send it again.",
)
BATCH_REUSED = ProblemType(
    "batch_id_reused",
    409,
    "批次号 {batch_id} 已用于另一份内容，原结果未改动。请换一个批次号。",
    "Batch {batch_id} had another content; what became of it stays as it is. Use another number.",
)
BATCH_STALE = ProblemType(
    "batch_stale",
    422,
    "发送时间 {sent_at} 不在最近 24 小时内，没有保存。请以当前时间重新签名后发送。",
    "It was sent at {sent_at}, which is not within the last 24 hours; nothing was stored. Sign it anew with the present time.",
)
BATCH_SIZE = ProblemType(
    "batch_size",
    422,
    "一批应有 1 至 {max} 行，没有保存。请拆分后发送。",
    "A batch has 1 to {max} rows; nothing was stored. Split it.",
)
KEY_WRONG = ProblemType(
    "key_wrong",
    422,
    "这不是 Ed25519 公钥。请粘贴 PEM 或 Base64 形式的 32 字节公钥。",
    "This is no Ed25519 public key. Paste it as PEM, or its 32 bytes in Base64.",
)
KEY_TAKEN = ProblemType(
    "key_taken",
    409,
    "这个公钥已经登记过。请为每个机构生成新的密钥。",
    "This key is registered already. Make a new one for each authority.",
)
SECOND_PERSON = ProblemType(
    "second_person",
    403,
    "须由另一单位（上级单位）的另一位管理员确认，登记人所在单位不能自行确认。",
    "Another administrator, of a unit above the one that registered it, has to confirm it.",
)
DECIDED = ProblemType(
    "intake_decided", 409, "已经处理过，没有改动。", "This has been decided already; nothing was changed."
)

COLUMNS = ProblemType(
    "evidence_columns_missing",
    422,
    "前 {within} 行中没有找到表头“{columns}”。请按模板填写表头。",
    "No headings “{columns}” in the first {within} rows. Name the columns as the template does.",
)
FILE_TOO_LONG = ProblemType(
    "evidence_file_too_long",
    422,
    "文件超过 {max} 行，没有保存任何一行。请拆成几个文件，依次导入。",
    "The file has more than {max} rows; none of them was stored. Split it and import the parts one after the other.",
)
BUNDLE = ProblemType(
    "bundle_wrong",
    422,
    "这不是 FHIR R4 的 Bundle（{detail}）。没有保存任何内容。",
    "This is no FHIR R4 bundle ({detail}). Nothing was stored.",
)
NOT_VOID = ProblemType(
    "key_not_void",
    409,
    "这把密钥仍然有效。请先作废，再撤回由它签名的记录。",
    "This key still counts. Void it first, then withdraw what it has stated.",
)
ASKED_ALREADY = ProblemType(
    "withdrawal_asked",
    409,
    "已经申请撤回，正等待第二位管理员确认。",
    "A withdrawal was asked for already and waits for a second administrator.",
)
TIME = Text("请按 2022-11-20 08:00 的形式填写时间。", "State the time like 2022-11-20 08:00.")
KIND_WORD = Text(
    "请填：核酸检测、抗原检测、抗体检测、疫苗接种、诊断、密接判定、抵达、出入境、体温、症状。",
    "Use one of: nucleic acid test, antigen test, antibody test, vaccination, diagnosis, contact order, arrival, border crossing, temperature, symptoms.",
)
NOT_OURS = Text("不是可以识别的新冠疫苗接种或检测。", "This is no COVID-19 vaccination or test that we know.")
NO_RESULT = Text("没有可以识别的结果。", "It states no result that we know.")
NO_DOCUMENT = Text("没有找到患者的证件（身份证 NI、护照 PPN）。", "The patient has no document that we know (NI, PPN).")
UNKNOWN_KIND = Text("不支持的种类“{kind}”。", "“{kind}” is no kind of evidence that can be sent.")
NOT_ALLOWED = Text("该机构无权上报“{kind}”。", "This authority may not state “{kind}”.")
UNKNOWN_RESULT = Text("结果应为：{allowed}。", "The result is one of: {allowed}.")
DOSE = Text("请填写第几剂（1 至 9）。", "State the dose, 1 to 9.")
FUTURE = Text("时间在将来，请核对。", "This is in the future; check it.")
TOO_OLD = Text("时间早于 2019 年 12 月，请核对。", "This is before December 2019; check it.")
BACKWARDS = Text("结束时间不晚于开始时间。", "It ends before it begins.")
TOO_LONG = Text("最多 {max} 个字。", "At most {max} characters.")
MISSING = Text("请填写。", "Please fill this in.")
NO_ZONE = Text(
    "时间须带时区，如 2022-11-20T08:00:00+08:00。", "State the time with its zone, as in 2022-11-20T08:00:00+08:00."
)
SAME_REF = Text("与第 {row} 行编号相同，已采用第 {row} 行。", "The same number as row {row}; row {row} was taken.")
NOTHING_TO_WITHDRAW = Text(
    "没有这个编号的记录，无法撤回。", "Nothing with this number is known, so nothing can be withdrawn."
)
SCHEMA = Text("格式不符：{detail}", "Does not fit: {detail}")
