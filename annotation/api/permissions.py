"""Who may use the API."""

from rest_framework.permissions import BasePermission


class IsAtWork(BasePermission):
    """Signed in, with a password of one's own."""

    message = "Change the one-time password in the browser first."

    def has_permission(self, request, view) -> bool:
        user = request.user
        return bool(user and user.is_authenticated and not user.must_change_password)


class IsAdministrator(IsAtWork):
    message = "This belongs to administrators."

    def has_permission(self, request, view) -> bool:
        return super().has_permission(request, view) and request.user.is_administrator
