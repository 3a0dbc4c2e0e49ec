"""What a request says of the browser behind it, as plain values for the services."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from annotation.services.people_sessions import Visit


def visit_of(request: HttpRequest) -> Visit:
    """The request's session, address and browser; the session's key is empty before sign-in."""
    return Visit(
        session_key=request.session.session_key or "",
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
    )


def client_address(request: HttpRequest) -> str | None:
    """The caller's address; a proxy's word for it counts only when one is configured."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        address = forwarded.rsplit(",", 1)[-1].strip()
    try:
        return str(ip_address(address.partition("%")[0]))
    except ValueError:  # a unix socket has none, and some proxies write "unknown"
        return None
