"""docker-compose.yml without Docker: each service's own command and health check, run natively.

Two things differ from containers, and only they are translated: a service's port becomes a free
one, and another service's address (web1:8000) becomes that port on the loopback interface.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.processes import Service, ServiceError, free_port, listens, program
from tests.services import PostgreSQL

ROOT = Path(__file__).parent.parent.parent
HEALTHY_WITHIN = 40.0
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def interpolate(value: Any, environment: dict[str, str]) -> Any:
    """Fill in ${NAME}, ${NAME:-default} and ${NAME:?message} as Compose does, in every text."""
    if isinstance(value, dict):
        return {key: interpolate(inner, environment) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolate(inner, environment) for inner in value]
    if not isinstance(value, str):
        return value

    def filled(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if environment.get(name):
            return environment[name]
        if kind == "?":
            raise ServiceError(f"{name} must be set: {rest}")
        return rest or ""

    return VARIABLE.sub(filled, value)


def services(environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the services of docker-compose.yml, filled in from the environment."""
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    filled: dict[str, dict[str, Any]] = interpolate(loaded, environment)
    return filled


class Stack:
    """All services of the file, on ports and in directories of the test's own."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self.specs = services(environment)
        self.ports = {name: free_port() for name, spec in self.specs.items() if "expose" in spec}
        self.parts: dict[str, Part] = {}

    def up(self) -> None:
        """Start everything in the order `depends_on` asks for, waiting where it says so."""
        for name in self.specs:
            self.start(name)
        for name, part in self.parts.items():
            if "healthcheck" in self.specs[name]:
                part.wait_until_healthy()

    def start(self, name: str) -> Part:
        """Start one service, and first those it depends on."""
        if name in self.parts:
            return self.parts[name]
        for other, condition in self.specs[name].get("depends_on", {}).items():
            part = self.start(other)
            if condition["condition"] == "service_healthy":
                part.wait_until_healthy()
            elif condition["condition"] == "service_completed_successfully":
                part.complete()
        kind = {"postgres": Database, "proxy": Proxy, "mail": MailCatcher}.get(name, Part)
        self.parts[name] = part = kind(self, name)
        part.prepare()
        part.start()
        return part

    def down(self) -> None:
        """Stop everything, the last started first."""
        for part in reversed(self.parts.values()):
            part.close()

    def translate(self, text: str, name: str) -> str:
        """Turn addresses on the Compose network, and the service's own port, into native ones."""
        for other, port in self.ports.items():
            inner = self.specs[other]["expose"][0]
            text = re.sub(rf"\b{other}:{inner}\b", f"127.0.0.1:{port}", text)
        if name in self.ports:
            text = re.sub(rf"\b{self.specs[name]['expose'][0]}\b", str(self.ports[name]), text)
        return text


class Part(Service):
    """One service of the file."""

    name = "compose"

    def __init__(self, stack: Stack, name: str) -> None:
        super().__init__()
        self.stack, self.service, self.spec = stack, name, stack.specs[name]
        self.port = stack.ports.get(name, 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return what the container would see, and where programs are found here."""
        given = {
            key: self.stack.translate(str(value), self.service)
            for key, value in self.spec.get("environment", {}).items()
        }
        return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **given}

    def words(self, command: str | list[str]) -> list[str]:
        """Return a command of the file as it runs natively."""
        words = shlex.split(command) if isinstance(command, str) else command
        first, *rest = [self.stack.translate(word, self.service) for word in words]
        found = Path(sys.executable).parent / first
        return [str(found) if found.exists() else program(first), *rest]

    def command(self) -> list[str]:
        return self.words(self.spec["command"])

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._as_account(self.command()),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def complete(self) -> None:
        """Wait for a service that ends, and insist that it ended well."""
        if self.process is None or self.process.wait(60) != 0:
            raise ServiceError(f"{self.service} failed:\n{self.log.read_text()}")

    def healthy(self) -> bool:
        """Run the service's own health check."""
        kind, *command = self.spec["healthcheck"]["test"]
        assert kind == "CMD", "a shell in the image is not to be relied on"
        check = subprocess.run(
            self.words(command), cwd=ROOT, env=self.environment, capture_output=True
        )
        return check.returncode == 0

    def wait_until_healthy(self) -> None:
        """Return as soon as the health check succeeds."""
        deadline = time.monotonic() + HEALTHY_WITHIN
        while not self.healthy():
            ended = self.process is None or self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise ServiceError(f"{self.service} is not healthy:\n{self.log.read_text()}")
            time.sleep(0.1)

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a management command as `docker compose exec` would."""
        result = subprocess.run(
            self.words(["python", "manage.py", *arguments]),
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


class MailCatcher(Part):
    """A mail server that keeps what it gets in its log, for want of Mailpit."""

    def command(self) -> list[str]:
        handler = ("-c", "aiosmtpd.handlers.Debugging", "stdout")
        address = f"127.0.0.1:{self.port}"
        return [sys.executable, "-u", "-m", "aiosmtpd", "--nosetuid", "-l", address, *handler]

    def healthy(self) -> bool:
        return listens(self.port)

    def caught(self, address: str) -> str:
        """Return everything it got, once there is a mail to this address."""
        deadline = time.monotonic() + HEALTHY_WITHIN
        while address not in (caught := self.log.read_text()):
            assert time.monotonic() < deadline, f"no mail to {address}:\n{caught}"
            time.sleep(0.1)
        return caught


class Database(Part):
    """PostgreSQL, with the account and database its image makes on the first start."""

    account = PostgreSQL.account
    stop_signal = PostgreSQL.stop_signal

    @property
    def environment(self) -> dict[str, str]:
        data = {"PGDATA": str(self.directory / "data")}
        password = {"PGPASSWORD": str(self.spec["environment"]["POSTGRES_PASSWORD"])}
        return {**super().environment, **data, **password}

    def prepare(self) -> None:
        given = self.spec["environment"]
        password = self.directory / "password"
        password.write_text(given["POSTGRES_PASSWORD"])
        password.chmod(0o644)
        self.run(
            *(program("initdb"), "--pgdata", str(self.directory / "data"), "--no-sync"),
            *("--username", given["POSTGRES_USER"], "--pwfile", str(password)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
        )
        with (self.directory / "data/postgresql.conf").open("a") as settings:
            settings.write("unix_socket_directories = ''\nfsync = off\n")

    def start(self) -> None:
        super().start()
        self.wait_until_healthy()
        given = self.spec["environment"]
        create = [program("createdb"), "-h", "127.0.0.1", "-p", str(self.port)]
        create += ["-U", given["POSTGRES_USER"], given["POSTGRES_DB"]]
        subprocess.run(create, env=self.environment, check=True, capture_output=True)


class Proxy(Part):
    """nginx with the configuration and the static files its image has."""

    def prepare(self) -> None:
        self.collect_static()
        text = (ROOT / "deploy/nginx.conf").read_text()
        text = self.stack.translate(text, self.service)
        text = text.replace("/tmp/", f"{self.directory}/").replace("/srv/", f"{self.directory}/")
        if os.geteuid() == 0:
            # Its workers would become "nobody", who cannot read the test's directory.
            text = f"user root;\n{text}"
        (self.directory / "nginx.conf").write_text(text)

    def collect_static(self) -> None:
        """Run the Dockerfile's own command for it."""
        dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
        (command,) = re.findall(r"^RUN (.*collectstatic.*)$", dockerfile, re.MULTILINE)
        environment = {**self.environment, "STATIC_ROOT": str(self.directory / "static")}
        subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment, check=True)

    def command(self) -> list[str]:
        words = super().command()
        configuration = {"/etc/nginx/nginx.conf": str(self.directory / "nginx.conf")}
        return [configuration.get(word, word) for word in words]
