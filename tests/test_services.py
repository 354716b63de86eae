"""The real servers the tests run beside."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from tests.processes import ServiceError, listens, program
from tests.services import SERVICES, Redis

ROOT = Path(__file__).parent.parent


def test_a_killed_service_starts_again_on_its_port(redis_server: Redis) -> None:
    redis_server.kill()
    assert not listens(redis_server.port)

    redis_server.start()

    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping()


def test_a_service_that_cannot_start_says_why(redis_server: Redis) -> None:
    redis_server.stop()
    redis_server.port = 70000

    with pytest.raises(ServiceError, match=r"(?s)redis did not start:.*port"):
        redis_server.start()


def test_a_missing_program_names_what_installs_it() -> None:
    with pytest.raises(ServiceError, match=r"tests/system_packages\.sh"):
        program("no-such-server")


@pytest.mark.parametrize("name", SERVICES)
def test_a_command_finds_the_service_beside_it(name: str) -> None:
    show = "import os; print(os.environ.get('DATABASE_URL'), os.environ.get('REDIS_URL'))"
    command = [sys.executable, "-m", "tests.services", name, "--", sys.executable, "-c", show]

    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "://" in shown


def test_a_service_ends_with_the_process_that_started_it() -> None:
    script = (
        "import time; from tests.services import Redis; server = Redis(); server.start();"
        "print(server.port, server.directory, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        port, directory = parent.stdout.readline().split()
        assert listens(int(port))

        parent.kill()

    deadline = time.monotonic() + 10
    while listens(int(port)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not listens(int(port))
    subprocess.run(["rm", "-r", directory], check=True)
