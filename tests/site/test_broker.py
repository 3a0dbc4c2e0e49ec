"""Which broker is taken: the one that is named, the one that is installed, the one in the wheel."""

import shutil
import stat
import subprocess

import pytest
import redis

from classie_site.broker import BrokerMissing, EmbeddedBroker, choose_broker, server_program


@pytest.fixture
def installed(tmp_path):
    """A folder for PATH with a redis-server in it."""
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def embedded(tmp_path):
    broker = choose_broker({"PATH": str(tmp_path)})
    yield broker
    shutil.rmtree(broker.folder)


def test_a_named_redis_comes_first(installed):
    environment = {"REDIS_URL": "redis://example:6379/0", "PATH": str(installed)}
    assert choose_broker(environment) == "redis://example:6379/0"


def test_an_installed_redis_comes_before_the_wheel(installed):
    assert server_program(str(installed)) == installed / "redis-server"


def test_the_wheel_comes_last(tmp_path):
    assert server_program(str(tmp_path)).name == "valkey-server"


def test_without_any_it_says_how_to_name_one(tmp_path, monkeypatch):
    monkeypatch.setattr("platform.system", lambda: "Windows")
    with pytest.raises(BrokerMissing, match="REDIS_URL=redis://host:6379/0"):
        server_program(str(tmp_path))


def test_redis_and_valkey_do_not_share_a_folder(installed, tmp_path):
    for program in (installed / "redis-server", server_program(str(tmp_path / "none"))):
        EmbeddedBroker(program, tmp_path).command(tmp_path / "data")
    assert {path.name for path in (tmp_path / "data").iterdir()} == {
        "redis-server",
        "valkey-server",
    }


def test_the_socket_is_short_and_private_and_there_is_no_port(embedded, tmp_path):
    with subprocess.Popen(embedded.command(tmp_path / "data"), stdout=subprocess.DEVNULL) as server:
        try:
            assert embedded.wait()
            assert stat.S_IMODE(embedded.folder.stat().st_mode) == 0o700
            assert len(str(embedded.socket)) <= 107
            assert "--port" in server.args
            assert server.args[server.args.index("--port") + 1] == "0"
        finally:
            server.terminate()


def test_what_was_sent_survives_a_restart_of_the_broker(embedded, tmp_path):
    for command in (("SET", "kept", "yes"), ("GET", "kept")):
        with subprocess.Popen(
            embedded.command(tmp_path / "data"), stdout=subprocess.DEVNULL
        ) as server:
            assert embedded.wait()
            with redis.Redis(unix_socket_path=str(embedded.socket)) as client:
                answer = client.execute_command(*command)
            server.terminate()
    assert answer == b"yes"
