"""What every poster says, in both languages: who stands at a door reads one of them."""

from typing import Final

WORDS: Final = {
    "scan": "扫码登记",
    "scan_en": "Scan to register",
    "steps": [
        "打开微信、支付宝或手机相机，扫描二维码。",
        "首次使用请登记姓名、证件和手机号；以后无需重复填写。",
        "提交后请向值守人员出示通行结果。",
    ],
    "steps_en": [
        "Scan the code with WeChat, Alipay or your phone's camera.",
        "The first time, register your name, document and phone number; later nothing needs retyping.",
        "Submit and show the result to the attendant.",
    ],
    "steps_short": "①扫码 ②填写 ③出示结果",
    "steps_short_en": "1 Scan   2 Fill in   3 Show the result",
    "help": "没有手机或需要帮助，请找值守人员。",
    "help_en": "No phone, or need help? Please ask the attendant.",
    "privacy": "登记信息仅用于疫情防控，按规定期限保存后删除。",
    "privacy_en": "Used for epidemic control only and deleted after the prescribed period.",
    "privacy_short": "信息仅用于疫情防控，到期删除。",
    "privacy_short_en": "For epidemic control; then deleted.",
}
