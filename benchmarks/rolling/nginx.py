"""The nginx of deploy/, in front of processes that come and go."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from tests.processes import Service, program

CONFIGURATION = Path(__file__).parent.parent.parent / "deploy/nginx.conf"
SERVERS = re.compile(r" +server web1:8000 (.*;)\n +server web2:8000 .*\n")
RELOADED = 1.0
"""Seconds within which new workers have taken over."""


class Nginx(Service):
    """nginx with the configuration of deploy/. It says in each answer whose it is."""

    name = "nginx"
    stop_signal = signal.SIGTERM

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__()
        self._ports = ports

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        text = CONFIGURATION.read_text()
        text = text.replace("listen 8080", f"listen 127.0.0.1:{self.port}")
        text = text.replace("/tmp/", f"{self.directory}/")
        # The tests' site serves its own.
        text = re.sub(r"location /static/ \{.*?\}\n", "", text, flags=re.DOTALL)
        shown = "add_header X-Server $upstream_addr always;"
        text = text.replace("proxy_connect_timeout", f"{shown}\nproxy_connect_timeout")
        if os.geteuid() == 0:
            text = f"user root;\n{text}"
        self._before, self._options, self._after = SERVERS.split(text)
        self._write()

    def command(self) -> list[str]:
        return [program("nginx"), "-c", str(self._file), "-g", "daemon off;"]

    def send_to(self, ports: Sequence[int]) -> None:
        """Send new connections to these ports alone; those that are open stay where they are."""
        self._ports = ports
        self._write()
        os.kill(self.pid, signal.SIGHUP)
        time.sleep(RELOADED)

    @property
    def _file(self) -> Path:
        return self.directory / "nginx.conf"

    def _write(self) -> None:
        servers = "\n".join(f"server 127.0.0.1:{port} {self._options}" for port in self._ports)
        self._file.write_text(f"{self._before}{servers}\n{self._after}")
