"""The pages' URLs."""

from django.urls import path

from annotation.views import account, annotate, coverage, demonstration, grants, imports, versions

urlpatterns = [
    path("", annotate.annotate, name="annotate"),
    path("categories.json", annotate.categories, name="categories"),
    path("annotations/undo/", annotate.undo, name="undo"),
    path("annotations/<uuid:token>/", annotate.submit, name="submit"),
    path("claims/<uuid:token>/skip/", annotate.skip, name="skip"),
    path("claims/<uuid:token>/renew/", annotate.renew, name="renew"),
    path("grants/", grants.grant_list, name="grants"),
    path("grants/<int:pk>/", grants.grant, name="grant"),
    path("coverage/", coverage.coverage_page, name="coverage"),
    path("versions/", versions.version_list, name="versions"),
    path("versions/training/", versions.training, name="training"),
    path("versions/retrain/", versions.retrain, name="retrain"),
    path("versions/<int:pk>/stop/", versions.stop, name="stop"),
    path("versions/<int:pk>/promote/", versions.promote_version, name="promote"),
    path("import/", imports.import_list, name="imports"),
    path("import/<int:pk>/", imports.import_run, name="import_run"),
    path("import/<int:pk>/progress/", imports.progress, name="import_progress"),
    path("import/<int:pk>/columns/", imports.columns, name="import_columns"),
    path("import/<int:pk>/start/", imports.start, name="import_start"),
    path("import/<int:pk>/stop/", imports.stop, name="import_stop"),
    path("import/<int:pk>/undo/", imports.undo, name="import_undo"),
    path("import/<int:pk>/faults.csv", imports.faults, name="import_faults"),
    path("demonstration/", demonstration.remove, name="demonstration"),
    path("sign-in/", account.sign_in_page, name="sign_in"),
    path("sign-out/", account.sign_out, name="sign_out"),
    path("password/", account.change_password_page, name="change_password"),
]
