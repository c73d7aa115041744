"""What a void key has stated is taken back by two officials, and colours follow; what was shown before is found again."""

from datetime import timedelta
from typing import Any

import psycopg

from lianfang.codes.derive import recolour
from lianfang.codes.replay import replay
from lianfang.kit.clock import now
from tests.certificates.issuing import Country, vaccinated
from tests.intake.sending import Laboratory, adopt, pcr, standing
from tests.intake.test_certificates import foreigner, show, zone
from tests.support.house import Client, House
from tests.support.people import somebody
from tests.support.runs import work_off

REASON = "检验所出具虚假结果"


async def withdrawn(house: House, owner: psycopg.Connection, who: Client, waiting: dict[str, Any]) -> dict[str, Any]:
    """Accepted, and worked off."""
    answer = await who.post(f"/withdrawals/{waiting['id']}/decide", {"accept": True})
    assert answer.status_code == 200, answer.text
    await work_off(house, owner)
    [(summary,)] = owner.execute("SELECT summary FROM runs WHERE kind = 'evidence.withdraw'").fetchall()
    found: dict[str, Any] = summary
    return found


async def test_two_officials_take_back_what_a_void_key_has_stated(house: House, cast: psycopg.Connection) -> None:
    worker, town, county = house.services.db.worker, await house.staff("longguan"), await house.staff("chicheng")
    laboratory = await Laboratory(house).open(["test", "diagnosis"])
    early, late, other = somebody(), somebody(), somebody()
    residents = [await house.resident(who) for who in (early, late)]
    sick = {"kind": "diagnosis", "result": "confirmed", "subject": None, "at": now().isoformat()}
    await laboratory.send([pcr(early.document, ref="E") | sick])
    since = now()
    await laboratory.send([pcr(late.document, ref="L") | sick, pcr(other.document, ref="O") | sick])
    await recolour(worker)
    held = (
        "SELECT person_id FROM holds h WHERE NOT EXISTS (SELECT FROM hold_releases r WHERE r.hold_id = h.id) ORDER BY 1"
    )
    both = sorted(resident.id for resident in residents)
    assert [row[0] for row in cast.execute(held)] == both
    shown_at = now()

    path, body = f"/authorities/{laboratory.id}/withdraw", {"since": since.isoformat(), "reason": REASON}
    assert (await town.post(path, body)).json()["code"] == "key_not_void"
    assert (await town.post(f"/authorities/{laboratory.id}/void", {})).status_code == 200
    waiting = (await town.post(path, body)).json()
    assert (await county.post(path, body)).json()["code"] == "withdrawal_asked"
    # one official alone: nothing changes
    assert (await town.post(f"/withdrawals/{waiting['id']}/decide", {"accept": True})).json()["code"] == "second_person"
    assert (
        await (await house.staff("chongli")).post(f"/withdrawals/{waiting['id']}/decide", {"accept": True})
    ).status_code == 404
    await work_off(house, cast)
    await recolour(worker)
    assert [row[0] for row in cast.execute(held)] == both

    assert await withdrawn(house, cast, county, waiting) == {"evidence": 1, "waiting": 1}
    await recolour(worker)
    assert [row[0] for row in cast.execute(held)] == [residents[0].id]
    assert cast.execute("SELECT cause FROM hold_releases").fetchall() == [("corrected",)]
    stood = [(row[0], row[2]) for row in standing(cast)]
    assert sorted(stood) == sorted([(residents[0].id, "confirmed"), (residents[1].id, "withdrawn")])
    # whoever registers later gets what waited with what takes it back
    newcomer = await house.resident(other)
    assert await adopt(house, cast) == 2
    await recolour(worker)
    assert newcomer.id not in [row[0] for row in cast.execute(held)]
    for at in (shown_at, now()):
        assert (await replay(worker, at)).different == 0


async def test_a_voided_signers_certificates_too(house: House, cast: psycopg.Connection) -> None:
    admin, country = await house.staff("hebei"), Country(now=now())
    await admin.post("/signers", {"content": country.pem.decode()})
    await show(await foreigner(house), country.issue(vaccinated()), zone())
    assert [row[2] for row in standing(cast)] == ["2"]
    [signer] = (await admin.get("/signers")).json()["items"]
    body = {"since": (now() - timedelta(days=1)).isoformat(), "reason": REASON}
    assert (await admin.post(f"/signers/{signer['id']}/withdraw", body)).json()["code"] == "key_not_void"
    assert (await admin.post(f"/signers/{signer['id']}/void", {})).status_code == 204
    waiting = (await admin.post(f"/signers/{signer['id']}/withdraw", body)).json()
    assert waiting["mine_to_decide"] is False
    # nobody is above the topmost unit: another one of its administrators
    cast.execute(
        "INSERT INTO staff_accounts (id, unit_id, ord, username, display_name, role, password_hash, must_change_password)"
        " SELECT 500, unit_id, ord, 'hebei2', '第二人', role, password_hash, false FROM staff_accounts WHERE username = 'hebei'"
    )
    assert await withdrawn(house, cast, await house.staff("hebei2"), waiting) == {"evidence": 1, "waiting": 0}
    assert [row[2] for row in standing(cast)] == ["withdrawn"]
