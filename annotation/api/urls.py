"""The API's URLs, below /api/v1/."""

from django.urls import path

from annotation.api import exports, views

urlpatterns = [
    path("auth/token/", views.Token.as_view(), name="api_token"),
    path("queue/next/", views.QueueNext.as_view(), name="api_queue_next"),
    path("queue/release/", views.QueueRelease.as_view(), name="api_queue_release"),
    path("annotations/", views.Annotations.as_view(), name="api_annotations"),
    path("annotations/<int:pk>/", views.OneAnnotation.as_view(), name="api_annotation"),
    path("annotations/<int:pk>/revision/", views.Revision.as_view(), name="api_revision"),
    path("grants/", views.Grants.as_view(), name="api_grants"),
    path("categories/", views.Categories.as_view(), name="api_categories"),
    path("coverage/", views.CoverageView.as_view(), name="api_coverage"),
    path("exports/<str:what>/", exports.ExportFile.as_view(), name="api_export"),
    path("model-versions/", views.ModelVersions.as_view(), name="api_model_versions"),
]
