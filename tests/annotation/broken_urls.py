"""The site's addresses, and one that breaks in the way it is asked to."""

from django.urls import path

from annotation.errors import ClaimLost, InvalidAnswer, KeyReused, NotAllowed
from classie_site.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]
FAULTS = {
    "claim": ClaimLost("Your claim is gone."),
    "answer": InvalidAnswer("S01 is retired."),
    "key": KeyReused("The key k was used for another annotation."),
    "right": NotAllowed("Only administrators may do that."),
    "code": KeyError("a private text"),
}


def breaks(request, how):
    raise FAULTS[how]


urlpatterns = [
    *urlpatterns,
    path("breaks/<str:how>/", breaks, name="breaks"),
    path("api/v1/breaks/<str:how>/", breaks, name="api_breaks"),
]
