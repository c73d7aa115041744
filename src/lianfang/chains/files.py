"""A chart as other programs read it: GEXF for Gephi, a line list and contacts for R's epicontacts. Ids only, no names. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as xml

from lianfang.chains.model import Chart

EPOCH = date(1970, 1, 1)
LINELIST = ("id", "degree", "onset", "first_exposure", "score", "cluster")
CONTACTS = ("from", "to", "place", "place_category", "begins", "ends", "minutes", "transmission", "probability")
KIND = ("case", "contact")


def day(number: int | None) -> str:
    return (EPOCH + timedelta(days=number)).isoformat() if number is not None else ""


def instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def linelist(chart: Chart) -> Iterator[Sequence[str]]:
    """`make_epicontacts(linelist, …, id = "id")`"""
    p = chart.people
    for n, person in enumerate(p.id):
        yield str(person), KIND[p.degree[n]], day(p.onset[n]), instant(p.since[n]), f"{p.score[n]}", str(p.cluster[n])


def contacts(chart: Chart) -> Iterator[Sequence[str]]:
    """`make_epicontacts(…, contacts, from = "from", to = "to", directed = TRUE)`. `transmission`: whether the chart takes this one
    for who infected whom."""
    p, k = chart.people, chart.links
    likely = {(t.infector, t.infected): t.probability for t in chart.transmissions}
    rows = zip(k.source, k.target, k.place, k.begins, k.ends, k.minutes, strict=True)
    for source, target, place, begins, ends, minutes in rows:
        where = str(chart.places.id[place]), chart.places.category[place]
        yield (
            str(p.id[source]), str(p.id[target]), *where, instant(begins), instant(ends), f"{minutes}",
            "TRUE" if p.infector[target] == source else "FALSE", f"{likely.get((source, target), 0.0)}",
        )  # fmt: skip


def gexf(chart: Chart) -> bytes:
    """GEXF 1.3: people and places as nodes, meetings and transmissions as edges."""
    root = xml.Element("gexf", xmlns="http://gexf.net/1.3", version="1.3")
    graph = xml.SubElement(root, "graph", defaultedgetype="directed", mode="static")
    attributes = xml.SubElement(graph, "attributes", {"class": "node"})
    for number, name in enumerate(("kind", "onset", "cluster")):
        xml.SubElement(attributes, "attribute", id=str(number), title=name, type="string")
    edge_attributes = xml.SubElement(graph, "attributes", {"class": "edge"})
    for number, name in enumerate(("kind", "place", "begins", "ends")):
        xml.SubElement(edge_attributes, "attribute", id=str(number), title=name, type="string")
    nodes, edges = xml.SubElement(graph, "nodes"), xml.SubElement(graph, "edges")
    p, k = chart.people, chart.links
    for n, person in enumerate(p.id):
        _with(
            xml.SubElement(nodes, "node", id=f"p{person}", label=str(person)),
            KIND[p.degree[n]],
            day(p.onset[n]),
            p.cluster[n],
        )
    rows = zip(k.source, k.target, k.place, k.begins, k.ends, k.minutes, strict=True)
    for source, target, place, begins, ends, minutes in rows:
        ends_ = {"source": f"p{p.id[source]}", "target": f"p{p.id[target]}", "weight": str(minutes)}
        edge = xml.SubElement(edges, "edge", {"id": str(len(edges))} | ends_)
        _with(edge, "meeting", chart.places.name[place], instant(begins), instant(ends))
    for target_, infector in enumerate(p.infector):
        if infector is not None:
            ends_ = {
                "source": f"p{p.id[infector]}",
                "target": f"p{p.id[target_]}",
                "weight": str(p.probability[target_]),
            }
            _with(xml.SubElement(edges, "edge", {"id": str(len(edges))} | ends_), "transmission")
    written: bytes = xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _with(element: xml.Element, *values: object) -> None:
    inside = xml.SubElement(element, "attvalues")
    for number, value in enumerate(values):
        xml.SubElement(inside, "attvalue", {"for": str(number), "value": str(value)})
