"""Processes that are no web servers: the writer, the worker, the mail server."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.site import ROOT, STOP_TIMEOUT


class Job:
    """A process that hears and says words: killed, and started again.

    Args:
        environment: its environment.
        log: the file that its errors are added to.
        command: what Python is to run.
        root: the directory of the code that it runs.
    """

    def __init__(
        self, environment: dict[str, str], log: Path, *command: str, root: Path = ROOT
    ) -> None:
        self.environment = environment
        self.log = log
        self.root = root
        self.command = command
        self.process: subprocess.Popen[str] | None = None
        self.said: queue.Queue[str] = queue.Queue()

    def start(self) -> None:
        """Start the process."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", sys.executable, *self.command],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.said = queue.Queue()
        heard = (self.process, self.said)
        self._listener = threading.Thread(target=self._listen, args=heard, daemon=True)
        self._listener.start()

    def say(self, word: str) -> None:
        """Give the process an order, if it lives."""
        with contextlib.suppress(OSError, ValueError):  # it is dead, and its pipe closed
            stdin = self._running().stdin
            assert stdin is not None
            stdin.write(word + "\n")
            stdin.flush()

    def wait_for(self, word: str, patience: float) -> bool:
        """Wait until the process says a word; say whether it does before it ends."""
        with contextlib.suppress(queue.Empty):
            while said := self.said.get(timeout=patience):
                if said == word:
                    return True
        return False

    def lives(self) -> bool:
        """Say whether the process has not ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask the process to end, and insist if it does not."""
        if self.process is not None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_TIMEOUT)
        self.kill()

    def kill(self) -> None:
        """End the process as a crash does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self._listener.join()
            with contextlib.suppress(OSError):  # an order may wait in it
                self.process.stdin.close()  # type: ignore[union-attr]

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None:
            raise RuntimeError(f"{self.command[-1]} was never started. Call start() first.")
        return self.process

    def _listen(self, process: subprocess.Popen[str], said: queue.Queue[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                said.put(line.strip())
        said.put("")
