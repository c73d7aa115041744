"""A made-up province for measurements: a tree, checkpoints, people, and as many visits as are asked for.

Made by PostgreSQL itself, so that a few million rows take a minute and not ten. Nobody in it has a name.
"""

from datetime import UTC, datetime, timedelta

import psycopg

CITIES, COUNTIES, TOWNS, VILLAGES = 10, 15, 14, 19  # of one parent: 10 + 150 + 2,100 + 39,900 units
CHECKPOINTS = 40_000
PEOPLE = 1_000_000
CATEGORIES = ("village", "village", "estate", "office", "company", "vehicle", "shop", "school", "hospital", "motorway")


def fill(
    owner: psycopg.Connection,
    visits: int,
    days: int,
    *,
    until: datetime | None = None,
    people: int = PEOPLE,
    answers: bool = True,
) -> None:
    """Units with ids 1…, checkpoints, and visits evenly over the whole `days` before `until` (this hour), busy at 7 and 17.

    A few big places have most of the visits, as in life: half of them are at a tenth of the checkpoints.
    """
    end = (until or datetime.now(UTC)).replace(minute=0, second=0, microsecond=0)
    _units(owner)
    owner.execute(
        "INSERT INTO templates (id, unit_id, ord, hi, name, name_en, version, fields) SELECT 1, id, lo, hi, '表', 'form', 1, '[]' FROM units WHERE id = 1"
    )
    owner.execute(
        """
        INSERT INTO checkpoints (id, unit_id, ord, name, category, template_id)
        SELECT n, u.id, u.lo, '登记点 ' || n, (%(categories)s::category[])[1 + n %% 10], 1
        FROM generate_series(1, %(count)s) n
        JOIN units u ON u.id = 1 + %(above)s + (n - 1) %% %(villages)s
        """,
        {
            "categories": list(CATEGORIES),
            "count": CHECKPOINTS,
            "above": _above(),
            "villages": CITIES * COUNTIES * TOWNS * VILLAGES,
        },
    )
    for ago in range(days + 2):
        owner.execute("SELECT ensure_visit_day(%s)", [(end - timedelta(days=ago)).date()])
    owner.execute("SELECT setseed(0.20221122)")
    owner.execute(
        """
        INSERT INTO visits (person_id, scan_id, at, recorded_at, ord, checkpoint_id, template_id, verdict, source, clock,
                            reason, content, answers)
        SELECT v.person_id,
               (lpad(to_hex((extract(epoch FROM v.at) * 1000)::bigint), 12, '0') || '7' ||
                substr(md5(v.n::text), 1, 3) || '8' || substr(md5(v.n::text), 4, 15))::uuid,
               v.at, v.at, k.ord, k.id, 1,
               (CASE WHEN v.dice < 0.002 THEN 'refuse' WHEN v.dice < 0.01 THEN 'observe' ELSE 'pass' END)::verdict,
               'resident', 'server', 'ok', '\\x00'::bytea, CASE WHEN %(answers)s THEN substring(sha512(v.n::text::bytea) FOR 60) END
        FROM (
          SELECT n, 1 + floor(random() * %(people)s)::bigint AS person_id, random() AS dice,
                 1 + floor(power(random(), 3.3) * %(checkpoints)s)::int AS checkpoint,
                 date_trunc('day', %(end)s - make_interval(days => 1 + floor(random() * %(days)s)::int))
                   + make_interval(hours => (ARRAY[23,23,0,0,1,2,4,6,8,9,9,10,10,11,12,13])[1 + floor(random() * 16)::int],
                                   secs => random() * 3600) AS at
          FROM generate_series(1, %(visits)s) n
        ) v
        JOIN checkpoints k ON k.id = v.checkpoint
        """,
        {"people": people, "answers": answers, "checkpoints": CHECKPOINTS, "end": end, "days": days, "visits": visits},
    )
    owner.execute("ANALYZE")


def _above() -> int:
    """How many units there are above the villages."""
    return 1 + CITIES + CITIES * COUNTIES + CITIES * COUNTIES * TOWNS


def _units(owner: psycopg.Connection) -> None:
    """The preorder with gaps: each level takes six bits of the place."""
    shift = 50
    owner.execute(
        "INSERT INTO units (id, parent_id, name, level, lo, hi) VALUES (1, NULL, '省', 'province', 1::bigint << 50, (2::bigint << 50) - 1)"
    )
    first, parents = 1, 1
    for level, count in (("city", CITIES), ("county", COUNTIES), ("town", TOWNS), ("village", VILLAGES)):
        shift -= 6
        owner.execute(
            """
            INSERT INTO units (id, parent_id, name, level, lo, hi)
            SELECT %(next)s + (p.id - %(first)s) * %(count)s + n, p.id, p.name || '-' || n, %(level)s,
                   p.lo + ((n + 1)::bigint << %(shift)s), p.lo + ((n + 2)::bigint << %(shift)s) - 1
            FROM units p CROSS JOIN generate_series(0, %(count)s - 1) n
            WHERE p.id BETWEEN %(first)s AND %(first)s + %(parents)s - 1
            """,
            {
                "next": first + parents,
                "first": first,
                "count": count,
                "level": level,
                "shift": shift,
                "parents": parents,
            },
        )
        first, parents = first + parents, parents * count
