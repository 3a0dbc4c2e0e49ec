"""A site on which people, imports and the model do whatever they may, in an order drawn by lot."""

import csv
import random
import uuid
from contextlib import suppress

from annotation.errors import AnnotationError
from annotation.models import (
    Annotation,
    Category,
    Decision,
    Grant,
    ImportRun,
    ModelVersion,
    Reveal,
    Sprint,
    SprintGrant,
    Suggestion,
    Taxonomy,
)
from annotation.services.adjudication import Judgement, adjudicate
from annotation.services.answers import FacetAnswer
from annotation.services.corrections import correct, open_for_change
from annotation.services.coverage_nights import count_due
from annotation.services.decisions import submit_annotation, withdraw_last
from annotation.services.import_grants import import_grants
from annotation.services.import_taxonomy import import_taxonomy
from annotation.services.label_checks import send_to_check
from annotation.services.merge_categories import merge_category, part_category
from annotation.services.queue import claim_next_grant
from annotation.services.rechecks import plan_rechecks
from annotation.services.revisions import reveal, revise
from annotation.services.sprints import (
    Candidate,
    decide,
    fill_sprint,
    start_sprint,
    take_sprint,
    undo_decision,
)
from annotation.services.suggestions import replace_suggestions
from annotation.services.undo_import import undo_import, why_not_undone
from tests.annotation.quality_body import stored
from tests.factories import AdministratorFactory, UserFactory
from tests.factories import decide as decide_settings

CODES = [f"{facet}{n}" for facet in "SP" for n in range(6)]
FACETS = {"S": "subject", "P": "population"}


class History:
    """Its deeds are the methods without an underscore; each does what is possible, or nothing."""

    def __init__(self, seed, folder):
        self._draw = random.Random(seed)
        self._folder = folder
        self._n_files = 0
        decide_settings(second_share=0.5, blind_share=0.3, audit_share=0.3)
        self._boss = AdministratorFactory()
        self._people = UserFactory.create_batch(3)
        self.taxonomy()
        self.grants()
        self.grants()
        self.score()

    def go(self, n):
        deeds = [name for name in vars(type(self)) if not name.startswith("_") and name != "go"]
        often = ["annotate"] * 12 + ["undo", "correct", "revise", "adjudicate"] * 2
        for name in self._draw.choices([*deeds, *often], k=n):
            with suppress(AnnotationError):  # what may not be done is a part of every history
                getattr(self, name)()
            if self._draw.random() < 0.1:  # a worker comes in between, soon or late
                count_due(lambda go_on: {})
        count_due(lambda go_on: {})

    def _file(self, header, rows):
        self._n_files += 1
        path = self._folder / f"file{self._n_files}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    def taxonomy(self):
        """The same codes below others, and now and then in the other facet."""
        rows = []
        for code in CODES:
            facet = code[0] if self._draw.random() < 0.9 else self._draw.choice("SP")
            above = [r[1] for r in rows if r[0] == FACETS[facet]]
            broader = self._draw.choice(above) if above and self._draw.random() < 0.6 else ""
            rows.append([FACETS[facet], code, f"Category {code}", broader])
        rows = [row for row in rows if row[1] in CODES[:2] or self._draw.random() < 0.9]
        import_taxonomy(self._file(["facet", "code", "label", "broader"], rows), choice="replace")

    def grants(self):
        """New grants and known ones, with categories or without."""
        known = list(Grant.objects.values_list("reference", flat=True))
        again = self._draw.sample(known, min(3, len(known)))
        active = list(Category.objects.active().values_list("code", flat=True))
        rows = []
        for reference in [*again, *(f"G-{self._key()}" for _ in range(6))]:
            some = self._draw.sample(active, self._draw.choice([0, 0, 1, 2]))
            rows.append([reference, f"Title {self._draw.random()}", "Text", ";".join(some)])
        import_grants(self._file(["reference", "title", "description", "categories"], rows))

    def score(self):
        version, _ = ModelVersion.objects.get_or_create(
            taxonomy=Taxonomy.objects.current(), kind="lexical", defaults={"status": "active"}
        )
        if self._draw.random() < 0.3:
            version = ModelVersion.objects.create(taxonomy=version.taxonomy, status="retired")
        active = list(Category.objects.active())
        grants = list(Grant.objects.values_list("pk", flat=True))
        some = self._draw.sample(grants, len(grants) // 2)
        replace_suggestions(version, some, [
            Suggestion(
                grant_id=grant, category=category, model_version=version, rank=rank,
                score=self._draw.random(), is_ticked=self._draw.random() < 0.5,
            )
            for grant in some
            for rank, category in enumerate(self._draw.sample(active, min(4, len(active))), 1)
        ])  # fmt: skip

    def _answers(self, facets, shown):
        answers = {}
        for facet in facets:
            own = [s["category"] for s in shown if s["facet"] == facet]
            others = Category.objects.active().filter(facet__code=facet).exclude(code__in=own)
            accepted = tuple(c for c in own if self._draw.random() < 0.5)
            rejected = tuple(c for c in own if c not in accepted and self._draw.random() < 0.5)
            codes = sorted(others.values_list("code", flat=True))
            added = (self._draw.choice(codes),) if codes and self._draw.random() < 0.5 else ()
            outcome = "labelled" if accepted + added else self._draw.choice(["none_fits", None])
            answers[facet] = FacetAnswer(outcome, accepted, rejected, added)
        return answers

    def annotate(self):
        person = self._draw.choice(self._people)
        claim = claim_next_grant(person)
        if claim is None:
            return
        answers = self._answers([f.code for f in claim.facets], claim.shown)
        submit_annotation(person, claim.token, answers, idempotency_key=self._key(), seconds=30)

    def _key(self):
        return str(uuid.UUID(int=self._draw.getrandbits(128)))

    def undo(self):
        withdraw_last(self._draw.choice(self._people))

    def _one(self, rows):
        found = list(rows.order_by("pk"))
        return self._draw.choice(found) if found else None

    def correct(self):
        annotation = self._one(Annotation.objects.current())
        if annotation is None:
            return
        claim = open_for_change(annotation.annotator, annotation.pk).claim
        answers = self._answers([f.code for f in claim.facets], claim.shown)
        correct(annotation.annotator, annotation.pk, answers, idempotency_key=self._key())

    def revise(self):
        blind = self._one(Annotation.objects.current().filter(is_blind=True))
        if blind is None:
            return
        reveal(blind)
        found = Reveal.objects.filter(annotation=blind).first()
        if found:
            answers = self._answers(["subject", "population"], found.shown)
            who, key = blind.annotator, self._key()
            revise(who, blind.pk, answers, expected=None, idempotency_key=key)

    def adjudicate(self):
        for grant in Grant.objects.order_by("pk"):
            seen = list(Annotation.objects.current().filter(grant=grant))
            if len(seen) < 2 or self._draw.random() < 0.5:
                continue
            said = Decision.objects.filter(annotation__in=seen, verdict__in=["accepted", "added"])
            codes = set(said.values_list("category__code", flat=True))
            taken = {code for code in sorted(codes) if self._draw.random() < 0.5}
            judgement = Judgement(
                frozenset(taken), frozenset(codes - taken), both_may_stand=self._draw.random() < 0.2
            )
            adjudicate(self._boss, grant, judgement, seen=[a.pk for a in seen])
            return

    def sprint(self):
        start_sprint(self._boss, self._one(Category.objects.active()))
        sprint = take_sprint()
        if sprint:
            grants = list(Grant.objects.order_by("pk").values_list("pk", flat=True))
            some = self._draw.sample(grants, 4)
            fill_sprint(sprint, [Candidate(pk, "model", 0.4, []) for pk in some], None)

    def say(self):
        asked = self._one(SprintGrant.objects.filter(sprint__status="ready"))
        if asked:
            verdict = self._draw.choice(["yes", "yes", "no", "unsure"])
            decide(self._draw.choice(self._people), asked, verdict)

    def unsay(self):
        sprint = self._one(Sprint.objects.filter(status="ready"))
        if sprint:
            undo_decision(self._draw.choice(self._people), sprint)

    def merge(self):
        one, into = self._one(Category.objects.active()), self._one(Category.objects.active())
        merge_category(one, into, self._boss)

    def part(self):
        merged = self._one(Category.objects.current().exclude(merged_into=None))
        if merged:
            part_category(merged, self._boss)

    def check(self):
        plan_rechecks(self._draw.choice([0, 2]))

    def send_to_check(self):
        """Labels in doubt of any grants: decided, labelled by a file, or waiting."""
        active = list(Category.objects.active().values_list("pk", flat=True))
        grants = list(Grant.objects.order_by("pk").values_list("pk", flat=True))
        doubts = [
            [grant, self._draw.choice(active), True, 0.1, 1.0]
            for grant in self._draw.sample(grants, 4)
        ]
        body = {"taxonomy": Taxonomy.objects.current().pk, "doubts": doubts}
        send_to_check(self._boss, stored(body, "label-errors"), self._draw.choice([1, 3]))

    def undo_import(self):
        runs = ImportRun.objects.filter(kind="grants")
        able = [run for run in runs.order_by("-pk") if not why_not_undone(run)]
        if able and Grant.objects.count() > 8:
            undo_import(able[0], self._boss)
