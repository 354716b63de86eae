"""A client under test: a program that takes the frames of the specimens, line by line.

It reads one JSON object a line from its standard input::

    {"begin": "gap"}     a specimen begins: show nothing, and answer nothing
    {"frame": {...}}     take this frame
    {"page": {...}}      take this answer to the command `page`

It answers a frame or a page by a line on its standard output, at once: ``{"outcome": "applied",
"view": {...}}`` says what it made of it and what it shows then, in the form of the specimens.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, Any, Self, cast

from realtime_notify.testing.conformance.specimens import Specimen, View


class Wrong(AssertionError):
    """The client did something else than the protocol says."""


class Client:
    """A running client. Its standard error is ours.

    Args:
        command: what starts it.
        patience: seconds for which to wait for an answer.
    """

    def __init__(self, command: list[str], patience: float = 10.0) -> None:
        self._command = command
        self._patience = patience
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def restart(self) -> None:
        """Start it anew, after something that it did wrong."""
        self._stop()
        self._start()

    def say(self, message: dict[str, Any]) -> None:
        """Write a line to the client.

        Raises:
            Wrong: it has ended.
        """
        try:
            self._input.write(json.dumps(message) + "\n")
            self._input.flush()
        except OSError:
            raise Wrong("The client has ended.") from None

    def answer(self) -> dict[str, Any]:
        """Return what the client answers.

        Raises:
            Wrong: it answers nothing, or something else than a JSON object.
        """
        try:
            line = self._lines.get(timeout=self._patience)
        except Empty:
            raise Wrong("The client did not answer in time.") from None
        if not line:
            raise Wrong("The client has ended.")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Wrong(f"The answer is not a JSON object in one line: {line.strip()[:80]}")
        return answer

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # the caller says what is to be checked
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self._input = cast("IO[str]", self._process.stdin)
        self._output = cast("IO[str]", self._process.stdout)
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._listener = Thread(target=_listen, args=(self._output, self._lines))
        self._listener.start()

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._output.close()
        with suppress(BrokenPipeError):  # what it had not read
            self._input.close()


def _listen(output: IO[str], lines: SimpleQueue[str]) -> None:
    """Put each line of the client in a queue, and an empty one at its end."""
    for line in output:
        lines.put(line)
    lines.put("")


def play(specimen: Specimen, client: Client) -> None:
    """Play a specimen to a client.

    Raises:
        Wrong: the client made something else of it. The message says at which step.
    """
    client.say({"begin": specimen.name})
    for number, step in enumerate(specimen.steps, start=1):
        client.say({step.kind: step.frame})
        answer = client.answer()
        where = f"Step {number}, {json.dumps(step.frame)[:120]}"
        if answer.get("outcome") != step.outcome:
            raise Wrong(f"{where}: it is {step.outcome}, not {answer.get('outcome')}.")
        if step.view is not None:
            _compare(answer.get("view"), step.view, where)


def _compare(view: object, right: View, where: str) -> None:
    if not isinstance(view, dict):
        raise Wrong(f"{where}: the view is not an object, but {view!r}.")
    wrong = [
        f"{name} is {right[name]}, not {view.get(name)}"
        for name in right
        if view.get(name) != right[name]
    ]
    if wrong:
        raise Wrong(f"{where}: {'; '.join(wrong)}.")
