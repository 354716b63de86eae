"""The parts of a simulation: its processes, clients, database, layer, and the lines between."""

from __future__ import annotations

from collections.abc import Callable

from realtime_notify.testing.session import Frame, Outcome
from realtime_notify.testing.simulator.clients import Client, Protocolled
from realtime_notify.testing.simulator.database import Database
from realtime_notify.testing.simulator.dice import Weather
from realtime_notify.testing.simulator.layer import LossyLayer
from realtime_notify.testing.simulator.lines import Line
from realtime_notify.testing.simulator.loops import Loop, Timeline
from realtime_notify.testing.simulator.processes import Process
from realtime_notify.testing.simulator.scenarios import Scenario

NEW_YEAR = 1_767_225_600.0  # what the clock on the wall shows at first
RESTARTS_AFTER = 1.0  # seconds for which a process is away that has ended
VOUCHED_FOR = 15.0
"""Seconds after which what vouches for a client expires, for every other client of a user."""


class Town:
    """Everything there is.

    Args:
        scenario: how much of it.
        session: makes the client of the protocol that is put to the test.
        on_frame: called after each frame of each client.
    """

    def __init__(
        self,
        scenario: Scenario,
        session: Callable[[], Protocolled],
        on_frame: Callable[[Client, Frame, Outcome], None],
    ) -> None:
        self.scenario = scenario
        self.timeline = Timeline()
        self.weather = Weather()
        self.database = Database(self.weather)
        self.layer = LossyLayer(f"{scenario.seed}/layer", self.weather)
        self.processes: list[Process] = []
        """Those that run, or will be started again."""
        self.ended: list[Process] = []
        """Those in whose place others run."""
        self.clients: list[Client] = []
        self.lines = 0
        """How many connections were opened."""
        self.clock_error = 0.0
        """Seconds by which the clock on the wall is wrong."""
        self.busy_until = 0.0
        """When the last process begins to restart that is to do so."""
        self._session = session
        self._on_frame = on_frame
        self._logins = 0

    def wall(self) -> float:
        """Return the time that a clock on the wall shows."""
        return NEW_YEAR + self.timeline.now + self.clock_error

    def begin(self) -> None:
        """Start the processes, and let everybody come."""
        for number in range(self.scenario.processes):
            self.processes.append(self._start(number))
        for user in range(self.scenario.users):
            for number in range(self.scenario.clients):
                self.arrive(f"{user}/{number}", f"user{user}")

    def arrive(self, name: str, user: str) -> None:
        """Let another browser of a user come."""
        name, login = f"{self.scenario.seed}/client{name}", self.log_in(user)
        self.clients.append(
            Client(name, user, login, self.timeline, self._connect, self._on_frame, self._session)
        )
        self.clients[-1].connect()

    def log_in(self, user: str) -> str:
        """Begin a session, and return its key."""
        self._logins += 1
        login = f"session{self._logins}"
        self.database.sign_in(login, user)
        return login

    def later(self, seconds: float, call: Callable[..., object], *args: object) -> None:
        """Let something happen in a while. The first client lives through everything."""
        self.clients[0].loop.call_later(seconds, call, *args)

    def restart(self, number: int) -> None:
        """Start a process again that has ended."""
        if self.processes[number].loop.stopped:
            self.ended.append(self.processes[number])
            self.processes[number] = self._start(number)

    def loops(self) -> list[Loop]:
        """Return the loops of all processes, and of all clients."""
        processes = [process.loop for process in (*self.processes, *self.ended)]
        return processes + [client.loop for client in self.clients]

    def _start(self, number: int) -> Process:
        name = f"{self.scenario.seed}/process{number}.{len(self.ended)}"
        return Process(name, number, self.timeline, self.database, self.weather, self._restart_soon)

    def _restart_soon(self, number: int) -> None:
        self.later(RESTARTS_AFTER, self.restart, number)

    def _connect(self, client: Client) -> Line | None:
        alive = [process for process in self.processes if not process.loop.stopped]
        if not alive:
            return None
        self.lines += 1
        process = alive[client.dice.below(len(alive))]
        expires = self.wall() + VOUCHED_FOR if client.name.endswith("/1") else None
        line = Line(client.login, expires, client, process, client.dice, self.weather)
        process.serve(line)
        return line
