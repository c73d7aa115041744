"""The gallery of form templates: what each kind of door asks, two to four short questions, mostly remembered."""

from typing import Final

from lianfang.demo.model import Choice, Field, Template


def _text(key: str, label: str, label_en: str, *, required: bool = True, remember: bool = True) -> Field:
    return Field(
        key=key, type="text", label=label, label_en=label_en, required=required, remember=remember, max_length=40
    )


def _choice(key: str, label: str, label_en: str, *choices: tuple[str, str, str]) -> Field:
    return Field(
        key=key,
        type="choice",
        label=label,
        label_en=label_en,
        required=True,
        remember=True,
        choices=tuple(Choice(*choice) for choice in choices),
    )


_FROM: Final = (
    ("county", "本县", "This county"),
    ("city", "张家口市其他县区", "Elsewhere in Zhangjiakou"),
    ("province", "河北省其他市", "Elsewhere in Hebei"),
    ("outside", "省外", "Another province"),
)
_WELL: Final = _choice(
    "health",
    "今天身体状况",
    "How do you feel today",
    ("well", "无不适", "Well"),
    ("cough", "咳嗽咽痛", "Cough or sore throat"),
    ("fever", "发热", "Fever"),
)

TEMPLATES: Final = (
    Template(
        "estate_gate",
        "小区门岗登记",
        "Estate gate",
        (
            _choice(
                "purpose",
                "来访事由",
                "Purpose",
                ("home", "回家", "I live here"),
                ("visit", "走亲访友", "Visiting"),
                ("delivery", "快递外卖", "Delivery"),
                ("work", "施工服务", "Work or service"),
            ),
            _text("house", "楼栋门牌", "Building and flat"),
        ),
    ),
    Template(
        "village_entry",
        "村口登记",
        "Village entry",
        (
            _choice("from", "从哪里来", "Coming from", *_FROM),
            _text("household", "到谁家", "Whose home", required=False),
        ),
    ),
    Template(
        "office",
        "办公场所登记",
        "Office",
        (
            _choice("purpose", "事由", "Purpose", ("staff", "上班", "I work here"), ("visitor", "办事", "On business")),
            _text("department", "科室或联系人", "Department or contact"),
        ),
    ),
    Template(
        "company",
        "企业门岗登记",
        "Company gate",
        (
            _choice("purpose", "身份", "You are", ("staff", "员工", "Staff"), ("visitor", "访客", "Visitor")),
            _text("department", "车间或部门", "Workshop or department"),
            _WELL,
        ),
    ),
    Template(
        "vehicle",
        "公交客运登记",
        "Bus",
        (
            _text("to", "下车地点", "Getting off at"),
            Field(
                key="seat",
                type="number",
                label="座位号",
                label_en="Seat",
                required=False,
                remember=False,
                min=1,
                max=60,
            ),
        ),
    ),
    Template(
        "shop",
        "商超登记",
        "Shop",
        (
            _WELL,
            Field(
                key="companions",
                type="number",
                label="同行人数",
                label_en="People with you",
                required=True,
                remember=True,
                min=0,
                max=20,
            ),
        ),
    ),
    Template(
        "school",
        "校园登记",
        "School",
        (
            _choice(
                "who",
                "身份",
                "You are",
                ("pupil", "学生", "Pupil"),
                ("staff", "教职工", "Staff"),
                ("parent", "家长", "Parent"),
            ),
            _text("class", "班级或科室", "Class or office"),
        ),
    ),
    Template(
        "motorway",
        "高速检查站登记",
        "Motorway checkpoint",
        (
            _text("plate", "车牌号", "Number plate"),
            _choice("from", "从哪里来", "Coming from", *_FROM),
            _text("to", "目的地", "Going to"),
        ),
    ),
    Template(
        "hospital",
        "医院登记",
        "Hospital",
        (
            _WELL,
            _choice(
                "purpose",
                "事由",
                "Purpose",
                ("patient", "就诊", "To see a doctor"),
                ("company", "陪同", "Accompanying"),
                ("staff", "上班", "I work here"),
            ),
        ),
    ),
)
