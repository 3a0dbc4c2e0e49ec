"""The taxonomy as SKOS in Turtle: a concept scheme a facet, a concept a category."""

from collections.abc import Iterator
from urllib.parse import quote

from annotation.exporters.json_lines import gathered
from annotation.exporters.lines import CategoryLine, Layout

PREFIXES = """\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dct: <http://purl.org/dc/terms/> .
"""
ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def write(lines: Iterator[CategoryLine], layout: Layout) -> Iterator[bytes]:
    return gathered(_texts(lines, layout))


def _texts(lines: Iterator[CategoryLine], layout: Layout) -> Iterator[str]:
    yield PREFIXES
    for code, label in layout.facets:
        yield _block(
            _iri(layout, code),
            "skos:ConceptScheme",
            [
                ("dct:title", _text(f"{layout.taxonomy} {label}")),
                ("skos:prefLabel", _text(label)),
                ("owl:versionInfo", _text(str(layout.release))),
            ],
        )
    for line in lines:
        yield _block(_iri(layout, line.facet, line.code), "skos:Concept", _facts(line, layout))


def _facts(line: CategoryLine, layout: Layout) -> list[tuple[str, str]]:
    scheme = _iri(layout, line.facet)
    facts = [
        ("skos:inScheme", scheme),
        ("skos:notation", _text(line.code)),
        ("skos:prefLabel", _text(line.label)),
        *(("skos:altLabel", _text(label)) for label in line.alt_labels),
    ]
    if line.broader:
        facts.append(("skos:broader", _iri(layout, line.facet, line.broader)))
    else:
        facts.append(("skos:topConceptOf", scheme))
    if line.definition:
        facts.append(("skos:definition", _text(line.definition)))
    if line.scope_note:
        facts.append(("skos:scopeNote", _text(line.scope_note)))
    if line.is_retired:
        facts.append(("owl:deprecated", "true"))
    if line.merged_into:
        facts.append(("dct:isReplacedBy", _iri(layout, *line.merged_into)))
    return facts


def _block(subject: str, kind: str, facts: list[tuple[str, str]]) -> str:
    rest = "".join(f" ;\n    {verb} {value}" for verb, value in facts)
    return f"\n{subject} a {kind}{rest} .\n"


def _iri(layout: Layout, *parts: str) -> str:
    """A name, no address: ``<urn:x-taxonomy:NAME:FACET:CODE>``."""
    return (
        f"<urn:x-taxonomy:{':'.join(quote(part, safe='') for part in (layout.taxonomy, *parts))}>"
    )


def _text(text: str) -> str:
    escaped = text.translate(ESCAPES)
    return '"' + "".join(c if c >= " " else f"\\u{ord(c):04X}" for c in escaped) + '"'
