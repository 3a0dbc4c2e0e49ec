"""The pages' URLs."""

from django.urls import path

from annotation.views import (
    account,
    annotate,
    coverage,
    demonstration,
    grants,
    own_account,
    people,
    versions,
)

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
    path("demonstration/", demonstration.remove, name="demonstration"),
    path("people/", people.people_list, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/role/", people.role, name="role"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("people/<int:pk>/reset/", people.reset, name="reset"),
    path("people/<int:pk>/end/", people.end_all, name="end_all"),
    path("account/", own_account.account, name="account"),
    path("account/token/", own_account.make_token, name="make_token"),
    path("account/end/", own_account.end_others, name="end_others"),
    path("sessions/<int:pk>/end/", own_account.end_one, name="end_session"),
    path("tokens/<int:pk>/revoke/", own_account.revoke, name="revoke_token"),
    path("welcome/<str:key>/", account.one_time_link, name="one_time_link"),
    path("sign-in/", account.sign_in_page, name="sign_in"),
    path("sign-out/", account.sign_out, name="sign_out"),
    path("password/", account.change_password_page, name="change_password"),
]
