"""A mail server in a process of its own that does what mail servers do.

    python -m tests.sending.smtp_server PORT FILE

What an address begins with says how it is treated:

- "refused": there is no such person (550);
- "busy": come back later (451), the first time;
- "slow": the answer takes a while;
- anything else is accepted.

Every `DROP_EVERY` mails the connection is dropped in the middle of one, and after `AWAY_AFTER` the
process ends. Each recipient of an accepted mail is a line of the file, written before the server
says that it has accepted it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio import Transport
from typing import Any, cast

from aiosmtpd.smtp import SMTP

DROP_EVERY = 250
AWAY_AFTER = 1000
SLOW_SECONDS = 0.05


class Handler:
    """Accepts and refuses mails."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.known: set[str] = set()
        self.count = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Answer whether somebody gets mail here."""
        if address.startswith("refused"):
            return "550 5.1.1 No such person"
        if address.startswith("busy") and address not in self.known:
            self.known.add(address)
            return "451 4.2.1 The mailbox is busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail, or drop the connection."""
        self.count += 1
        (address,) = envelope.rcpt_tos
        if self.count == AWAY_AFTER:
            os._exit(0)
        if self.count % DROP_EVERY == 0:
            cast(Transport, server.transport).abort()
            return "421 Too late"
        if address.startswith("slow"):
            await asyncio.sleep(SLOW_SECONDS)
        os.write(self.file, f"{address}\n".encode())
        return "250 OK"


async def serve(port: int, path: str) -> None:
    """Serve for ever."""
    handler = Handler(path)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="mail.example.com", loop=loop), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
