"""What is refused before anything starts, and that the refusal names the way out."""

import os
import socket
import stat

import pytest

from classie_site.lock import sign_lock, take_lock
from classie_site.preflight import (
    CannotStart,
    address,
    refuse_busy_port,
    refuse_open_network,
    var_folder,
)
from classie_site.secret import ensure_secret


@pytest.fixture
def busy_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_names_another(busy_port):
    with pytest.raises(CannotStart, match=f"PORT={busy_port + 1} make up"):
        refuse_busy_port("127.0.0.1", busy_port)


def test_a_free_port_is_taken(busy_port):
    refuse_busy_port("127.0.0.2", busy_port)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "web", "8000.0", "²"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(CannotStart, match="from 1 to 65535"):
        address({"PORT": port})


def test_the_address_is_this_machine_at_8000_unless_said_otherwise():
    assert address({}) == ("127.0.0.1", 8000)
    assert address({"BIND": "::1", "PORT": "81"}) == ("::1", 81)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])  # noqa: S104
def test_the_network_needs_tls_or_a_plain_word(host):
    with pytest.raises(CannotStart, match="HTTPS=1, or say ALLOW_INSECURE=1"):
        refuse_open_network(host, {"HTTPS": "0"})
    refuse_open_network(host, {"HTTPS": "1"})
    refuse_open_network(host, {"ALLOW_INSECURE": "1"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_this_machine_needs_no_tls(host):
    refuse_open_network(host, {})


def test_a_second_start_in_one_folder_is_told_of_the_first(tmp_path):
    lock = take_lock(tmp_path)
    sign_lock(lock, "process 12, http://127.0.0.1:8000/")
    with pytest.raises(CannotStart, match=r"process 12, .*VAR_DIR=var2 PORT=8001 make up"):
        take_lock(tmp_path)
    os.close(lock)
    os.close(take_lock(tmp_path))


def test_the_secret_is_for_this_account_only_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        file = ensure_secret({"VAR_DIR": str(tmp_path / "var")})
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert len(file.read_text()) >= 64


def test_the_secret_is_written_once(tmp_path):
    environment = {"VAR_DIR": str(tmp_path)}
    first = ensure_secret(environment).read_text()
    assert ensure_secret(environment).read_text() == first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_secret_that_others_may_read_is_refused(tmp_path, mode):
    environment = {"VAR_DIR": str(tmp_path)}
    ensure_secret(environment).chmod(mode)
    with pytest.raises(CannotStart, match=f"{mode:04o}.*chmod 600"):
        ensure_secret(environment)


def test_a_given_secret_needs_no_file(tmp_path):
    assert ensure_secret({"VAR_DIR": str(tmp_path), "SECRET_KEY": "x"}) is None
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="set VAR_DIR"):
        var_folder({"VAR_DIR": str(tmp_path / "file" / "var")})
