"""A taxonomy in SKOS: Turtle, RDF/XML or JSON-LD. Row 1 is the first concept in code order.

Nothing outside the file is ever read: XML entities and JSON-LD contexts at an address are refused
before rdflib sees the file.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal
from rdflib.namespace import DC, DCTERMS
from rdflib.term import Node

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault
from annotation.importers.json_text import load_json
from annotation.importers.table import odd_character
from annotation.importers.taxonomy_rows import FACET

LIMIT = 20_000_000
TITLES = (SKOS.prefLabel, DCTERMS.title, DC.title, RDFS.label)


def rows_of_concepts(
    path: Path, name: str, form: str
) -> Iterator[tuple[int, dict[str, str] | Fault]]:
    """``form``: turtle, xml or json-ld, as rdflib calls them."""
    graph = _graph(path, name, form)
    concepts = {
        concept: _code(graph, concept)
        for concept in graph.subjects(RDF.type, SKOS.Concept, unique=True)
        if str(graph.value(concept, OWL.deprecated)).lower() not in {"true", "1"}
    }
    if not concepts:
        raise ImportRefused(f"{name} holds no skos:Concept.")
    order = sorted(concepts, key=lambda concept: (concepts[concept], str(concept)))
    parents = {concept: _parents(graph, concept, concepts) for concept in order}
    facets = _facets(graph, parents)
    said = _said(graph)
    for number, concept in enumerate(order, start=1):
        above = parents[concept]
        row = {k: v for k, v in _row(graph, concept, concepts[concept]).items() if k in said}
        row |= {"broader": concepts[above[0]] if above else "", "facet": facets[concept]}
        if len(above) > 1:
            problem = f"is one of {len(above)} parents; only the first is kept"
            yield number, Fault(number, "broader", row["broader"], problem, is_warning=True)
        odd = (odd_character(number, column, cell) for column, cell in row.items())
        yield number, next(filter(None, odd), row)


def _graph(path: Path, name: str, form: str) -> Graph:
    if path.stat().st_size > LIMIT:
        raise ImportRefused(f"{name} is over {LIMIT // 1_000_000} MB, too much for a taxonomy.")
    if form == "xml":
        _refuse_entities(path, name)
    if form == "json-ld":
        _refuse_addresses(load_json(path, name), name)
    graph = Graph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib about itself
            graph.parse(data=path.read_bytes(), format=form, publicID="urn:taxonomy:")
    except RecursionError as error:
        raise ImportRefused(f"{name} is nested too deeply to be read.") from error
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise ImportRefused(f"{name} is no {form} that can be read: {said}") from error
    return graph


def _refuse_entities(path: Path, name: str) -> None:
    try:
        for _, element in iterparse(path, forbid_dtd=True):
            element.clear()
    except DefusedXmlException as error:
        raise ImportRefused(
            f"{name} has a DOCTYPE or declares XML entities, which are not read. Save it as Turtle."
        ) from error
    except ParseError as error:
        line, column = error.position
        said = str(error.msg).partition(":")[0]
        raise ImportRefused(
            f"{name} is no XML: {said} in line {line}, column {column + 1}."
        ) from error


def _refuse_addresses(content: Any, name: str) -> None:
    waiting = [(content, False)]
    while waiting:
        value, is_context = waiting.pop()
        if is_context and isinstance(value, str):
            raise ImportRefused(
                f"{name} takes its @context from {value[:80]!r}; nothing is fetched. "
                "Write the context into the file, or save it as Turtle."
            )
        if isinstance(value, list):
            waiting += [(part, is_context) for part in value]
        elif isinstance(value, dict):
            waiting += [(part, key in {"@context", "@import"}) for key, part in value.items()]


def _said(graph: Graph) -> set[str]:
    """The columns that a table of this graph would have: it speaks of them at least once."""
    said = {"code", "label"}
    properties = {
        "definition": (SKOS.definition,),
        "scope_note": (SKOS.scopeNote,),
        "alt_labels": (SKOS.altLabel, SKOS.hiddenLabel),
    }
    for column, names in properties.items():
        if any((None, name, None) in graph for name in names):
            said.add(column)
    return said


def _row(graph: Graph, concept: Node, code: str) -> dict[str, str]:
    others = [*graph.objects(concept, SKOS.altLabel), *graph.objects(concept, SKOS.hiddenLabel)]
    return {
        "code": code,
        "label": _text(graph, concept, (SKOS.prefLabel, RDFS.label)),
        "definition": _text(graph, concept, (SKOS.definition,)),
        "scope_note": _text(graph, concept, (SKOS.scopeNote,)),
        "alt_labels": "; ".join(sorted({str(other).replace(";", ",") for other in others})),
    }


def _code(graph: Graph, concept: Node) -> str:
    notations = sorted(str(notation) for notation in graph.objects(concept, SKOS.notation))
    return (notations[0] if notations else _last_part(concept)).strip()


def _last_part(node: Node) -> str:
    return str(node).rstrip("/#").replace("#", "/").rpartition("/")[2].rpartition(":")[2]


def _parents(graph: Graph, concept: Node, concepts: dict[Node, str]) -> list[Node]:
    found = {*graph.objects(concept, SKOS.broader), *graph.subjects(SKOS.narrower, concept)}
    return sorted((p for p in found if p in concepts), key=lambda parent: concepts[parent])


def _facets(graph: Graph, parents: dict[Node, list[Node]]) -> dict[Node, str]:
    """The scheme that each concept, or else one above it, belongs to."""
    found: dict[Node, str] = {}
    for start in parents:
        way: list[Node] = []
        concept, facet = start, ""
        while not facet and concept not in way[-1:]:
            way.append(concept)
            facet = found.get(concept, "") or _scheme(graph, concept)
            above = parents[concept]
            # A ring of parents has no scheme above it; it is refused as a cycle later.
            if not facet and (not above or len(way) > len(parents)):
                facet = FACET
            concept = above[0] if above else concept
        found |= dict.fromkeys(way, facet)
    return found


def _scheme(graph: Graph, concept: Node) -> str:
    schemes = {
        *graph.objects(concept, SKOS.inScheme),
        *graph.objects(concept, SKOS.topConceptOf),
        *graph.subjects(SKOS.hasTopConcept, concept),
    }
    return min((_text(graph, s, TITLES) or _last_part(s) for s in schemes), default="")


def _text(graph: Graph, node: Node, properties: tuple[Node, ...]) -> str:
    """English before no language before any other; the first in order, so that it stays."""
    for name in properties:
        found = [text for text in graph.objects(node, name) if isinstance(text, Literal)]
        if found:
            return str(min(found, key=_preference)).strip()
    return ""


def _preference(text: Literal) -> tuple[int, str, str]:
    language = (text.language or "").lower()
    rank = 0 if language.startswith("en") else 1 if not language else 2
    return rank, language, str(text)
