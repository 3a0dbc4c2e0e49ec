"""The grants that anybody said anything about, in stretches that fit into the memory.

An answer names every category of a facet, so the answers of a hundred thousand grants would be some
hundred million entries; stretch by stretch some hundred grants are held, whatever there is.
"""

from django.db.models import Q

from annotation.models import Adjudication, Annotation, Label, SprintGrant

AT_ONCE = 250
Span = tuple[int, int]  # keys of the first and the last grant


def answered_spans(stream: str) -> list[Span]:
    """Stretches that together hold all grants of the stream with an answer. One query."""
    said, *others = (
        rows.filter(grant__stream=stream).order_by().values_list("grant_id", flat=True)
        for rows in (
            Annotation.objects.current(),
            Label.objects.of_staff(),
            SprintGrant.objects.all(),
            Adjudication.objects.filter(superseded_by=None),
        )
    )
    keys = sorted(said.union(*others).iterator())
    parts = (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))
    return [(part[0], part[-1]) for part in parts]


def between(key: str, within: Span | None) -> Q:
    """Rows of these grants alone; None: of all."""
    return Q(**{f"{key}__gte": within[0], f"{key}__lte": within[1]}) if within else Q()
