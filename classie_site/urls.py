"""The site's URL map: the only place that names both halves of the application."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from classifier.api import Classify

handler400 = "annotation.views.errors.bad_request"
handler403 = "annotation.views.errors.forbidden"
handler404 = "annotation.views.errors.not_found"
handler500 = "annotation.views.errors.server_error"

# It is a page: its view would answer OPTIONS, too, but has no template for it. The library's own
# template has a style between its lines, which the site's policy refuses.
docs = SpectacularSwaggerSplitView.as_view(
    url_name="schema", template_name="api/docs.html", http_method_names=["get", "head"]
)

urlpatterns = [
    path("api/v1/classify/", Classify.as_view(), name="api_classify"),
    path("api/v1/", include("annotation.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs, name="api_docs"),
    path("", include("annotation.urls")),
]
