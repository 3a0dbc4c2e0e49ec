"""What must be so before anything starts: where things lie, and who may reach them."""

import ipaddress
import socket
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CannotStart(Exception):
    """The site cannot start; the message says why and what to do."""


def var_folder(environment: Mapping[str, str]) -> Path:
    """The folder for all that the site writes; made where it is missing."""
    folder = Path(environment.get("VAR_DIR") or ROOT / "var").absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"{folder} cannot be made ({error.strerror}): set VAR_DIR.") from error
    return folder


def address(environment: Mapping[str, str]) -> tuple[str, int]:
    """Host and port from BIND and PORT; a port outside 1 to 65535 is refused."""
    port = environment.get("PORT") or "8000"
    if not (port.isdecimal() and 1 <= int(port) <= 65535):
        raise CannotStart(f"PORT={port} is no port. Give a number from 1 to 65535.")
    return environment.get("BIND") or "127.0.0.1", int(port)


def refuse_open_network(host: str, environment: Mapping[str, str]) -> None:
    """Only this machine may come without TLS, unless somebody says otherwise."""
    allowed = "1" in (environment.get("HTTPS"), environment.get("ALLOW_INSECURE"))
    if not is_loopback(host) and not allowed:
        raise CannotStart(
            f"BIND={host} opens the site to the network, and passwords would pass it in the clear."
            " Put TLS in front and say HTTPS=1, or say ALLOW_INSECURE=1 to go without."
        )


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_busy_port(host: str, port: int) -> None:
    """Say so before anything else is started."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except PermissionError as error:
        raise CannotStart(
            f"Port {port} needs an administrator's rights. Take one from 1024 up: PORT=8001 make up"
        ) from error
    except OSError as error:
        other = port + 1 if port < 65535 else 8000
        raise CannotStart(
            f"{host} port {port} cannot be used ({error.strerror}). Another program may hold it:"
            f" stop that, or take another port: PORT={other} make up"
        ) from error
