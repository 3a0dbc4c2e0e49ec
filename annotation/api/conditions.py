"""Entity tags: what a client has read, so that it changes nothing that it has not seen."""

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException, ValidationError

from annotation.models import Annotation

TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
TAGS = re.compile(rf"\s*{TAG}(?:\s*,\s*{TAG})*\s*")
STRONG = re.compile(r'(?<!/)"(\d{1,18})"')
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True,
    description="The ETag of what you have read; * changes whatever stands.",
)  # fmt: skip


class ConditionMissing(APIException):
    status_code = 428
    default_detail = (
        "Send the header If-Match with the ETag of the annotation that you have read, so that "
        "nothing is overwritten unseen. GET annotations/{id}/ to read it."
    )


def etag(annotation: Annotation) -> dict[str, str]:
    """As headers. Rows never change, so a row's key says all of its state.

    A proxy that packs the answer would make the tag weak, and a weak one never matches: by
    RFC 9110, ``no-transform`` forbids it. Nor is the answer kept, like all that a person reads.
    """
    return {"ETag": f'"{annotation.pk}"', "Cache-Control": "no-store, no-transform"}


def expected(request) -> frozenset[int] | None:
    """Keys of which one must stand, from If-Match; None for ``*``, which takes whatever stands.

    By RFC 9110 a weak tag (``W/"7"``) never matches, nor does one that is not of our making.

    Raises:
        ConditionMissing: there is no such header.
        ValidationError: it is no list of entity tags.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise ConditionMissing
    if header == "*":
        return None
    if not TAGS.fullmatch(header):
        raise ValidationError(
            {"If-Match": [f'Send an ETag as it was given, such as "7", or *; not {header[:40]!r}.']}
        )
    return frozenset(int(key) for key in STRONG.findall(header))
