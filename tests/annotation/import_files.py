"""Files for the import tests, made here: the same grants and the same taxonomy in every format."""

import csv
import io
import json

import openpyxl

OURS = ["reference", "title", "description", "amount_awarded", "currency", "award_date",
        "recipient_name", "recipient_identifier", "funder_name", "programme", "recipient_place",
        "beneficiary_place"]  # fmt: skip
TITLES = ["Identifier", "Title", "Description", "Amount Awarded", "Currency", "Award Date",
          "Recipient Org:Name", "Recipient Org:Identifier", "Funding Org:Name",
          "Grant Programme:Title", "Recipient Org:City", "Beneficiary Location:Name"]  # fmt: skip
GRANTS = [
    ["360G-1", "Netball rings", "Two rings\nfor the juniors", "1875.5", "AUD", "2022-04-02",
     "Windrow Club", "0042", "Mutual Fund", "Active", "Horsham", "Wimmera"],
    ["360G-2", "Café 🎭 repairs", "=1+1", "12", "GBP", "", "", "", "", "", "", ""],
    ["360G-3", "Bus hire", "", "", "", "2023-12-31", "A club", "", "", "", "", ""],
]  # fmt: skip
TOTAL = "1887.50"


def as_csv(header, rows=GRANTS, newline="\n"):
    out = io.StringIO()
    csv.writer(out, lineterminator=newline).writerows([header, *rows])
    return out.getvalue().encode()


def as_xlsx(header, rows=GRANTS, numbers=("amount_awarded", "Amount Awarded")):
    from datetime import date

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(header)
    for row in rows:
        cells = []
        for column, cell in zip(header, row, strict=False):
            if column in numbers and cell:
                cell = float(cell)
            elif column in ("award_date", "Award Date") and cell:
                cell = date.fromisoformat(cell)
            cells.append(cell or None)
        sheet.append(cells)
        for cell in sheet[sheet.max_row]:
            if cell.data_type == "f":
                cell.data_type = "s"  # a text that only looks like a formula
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_json(rows=GRANTS):
    grants = []
    for row in rows:
        cell = dict(zip(OURS, row, strict=True))
        grant = {"id": cell["reference"], "title": cell["title"]}
        grant["description"] = cell["description"]
        if cell["amount_awarded"]:
            grant["amountAwarded"] = float(cell["amount_awarded"])
            grant["currency"] = cell["currency"]
        if cell["award_date"]:
            grant["awardDate"] = cell["award_date"] + "T00:00:00+00:00"
        recipient = {
            "name": cell["recipient_name"],
            "id": cell["recipient_identifier"],
            "addressLocality": cell["recipient_place"],
        }
        grant["recipientOrganization"] = [recipient]
        grant["fundingOrganization"] = [{"name": cell["funder_name"]}]
        grant["grantProgramme"] = [{"title": cell["programme"]}]
        grant["beneficiaryLocation"] = [{"name": cell["beneficiary_place"]}]
        grants.append(grant)
    return json.dumps({"grants": grants}, indent=1).encode()


GRANT_FILES = {
    "our CSV": lambda: as_csv(OURS),
    "our XLSX": lambda: as_xlsx(OURS),
    "360Giving CSV": lambda: as_csv([*TITLES, "Other"], [[*row, "x"] for row in GRANTS]),
    "360Giving XLSX": lambda: as_xlsx(TITLES),
    "360Giving JSON": lambda: as_json(),
}

CODES = b"""\
facet,code,label,broader,definition,alt_labels
Subject,SB02,Sport,,Games of all kinds.,games; play
Subject,SB0201,Football,SB02,,
Subject,SB020101,Junior football,SB0201,,
Population,PB01,Children,,,
"""
LEVELS = b"""\
facet,code,level 1,level 2,level 3,definition,alt_labels
Subject,SB02,Sport,,,Games of all kinds.,games; play
Subject,SB0201,,Football,,,
Subject,SB020101,Sport,Football,Junior football,,
Population,PB01,Children,,,,
"""
INDENTED = b"""\
[Subject]
SB02 | Sport
  SB0201 | Football
\tSB020101 | Junior football

[Population]
PB01 | Children
"""
TURTLE = b"""\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://example.org/> .
:Subject a skos:ConceptScheme ; skos:prefLabel "Subject"@en .
:Population a skos:ConceptScheme ; skos:prefLabel "Population"@en ; skos:hasTopConcept :PB01 .
:SB02 a skos:Concept ; skos:notation "SB02" ; skos:inScheme :Subject ;
  skos:prefLabel "Sport"@en, "Le sport"@fr ; skos:definition "Games of all kinds."@en ;
  skos:altLabel "games"@en ; skos:hiddenLabel "play" ; skos:narrower :SB0201 .
:SB0201 a skos:Concept ; skos:prefLabel "Football"@en .
:SB020101 a skos:Concept ; skos:broader :SB0201 ; skos:prefLabel "Junior football"@en .
:PB01 a skos:Concept ; skos:prefLabel "Children" .
"""


def as_rdf(form):
    from rdflib import Graph

    return Graph().parse(data=TURTLE, format="turtle").serialize(format=form).encode()


TAXONOMY_FILES = {
    "codes and parents": lambda: CODES,
    "codes in a workbook": lambda: workbook_of(CODES),
    "a column a level": lambda: LEVELS,
    "indented": lambda: INDENTED,
    "Turtle": lambda: TURTLE,
    "RDF/XML": lambda: as_rdf("xml"),
    "JSON-LD": lambda: as_rdf("json-ld"),
}


def workbook_of(table):
    rows = list(csv.reader(io.StringIO(table.decode())))
    return as_xlsx(rows[0], rows[1:])
