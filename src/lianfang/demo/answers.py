"""What a resident writes into the form of a door; remembered, so every later scan repeats it."""

from typing import Final

from lianfang.demo.model import Answers, Checkpoint, Person

_DEPARTMENTS: Final = ("办公室", "综合科", "财务科", "业务大厅", "人事科", "信息中心")
_WORKSHOPS: Final = ("一车间", "二车间", "仓库", "行政部", "质检部", "销售部")


def answers(index: int, person: Person, checkpoint: Checkpoint, *, works_here: bool) -> Answers:
    """Valid answers for the checkpoint's template; `index` is the person's and varies them."""
    match checkpoint.template_key:
        case "estate_gate":
            building, entrance, flat = person.household % 12, person.household % 4, person.household % 6
            return {"purpose": "home", "house": f"{building + 1}号楼{entrance + 1}单元{flat + 1}0{flat % 3 + 1}"}
        case "village_entry":
            return {"from": "county", "household": "本人家"}
        case "office":
            purpose = "staff" if works_here else "visitor"
            return {"purpose": purpose, "department": _DEPARTMENTS[index % len(_DEPARTMENTS)]}
        case "company":
            return {"purpose": "staff", "department": _WORKSHOPS[index % len(_WORKSHOPS)], "health": "well"}
        case "vehicle":
            return {"to": "全程"} if works_here else {"to": "县城汽车站", "seat": index % 40 + 1}
        case "shop":
            return {"health": "well", "companions": 0 if works_here else index % 3}
        case "school" if person.role == "pupil":
            return {"who": "pupil", "class": f"{index % 6 + 1}年级{index % 4 + 1}班"}
        case "school":
            return {"who": "staff", "class": "教务处"}
        case "motorway":
            origin = "city" if index % 4 else "province"
            return {"plate": f"冀G·T{5000 + index}", "from": origin, "to": "赤城县城"}
        case _:
            return {"health": "well", "purpose": "staff" if works_here else "patient"}
