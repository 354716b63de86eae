"""A mail server in a process of its own.

    python -m chaos.mail_server PORT FILE

Each mail is a line of the file, written before the server says that it has accepted it. On its
standard input it hears "busy", from when on it asks everybody to come back later, and "free".
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP


class Handler:
    """Takes mails, and writes them down."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.is_busy = False

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Accept whoever is named, unless it is busy."""
        if self.is_busy:
            return "451 4.3.2 Come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        for address in envelope.rcpt_tos:
            line = {"to": address, "id": mail["Message-ID"], "text": body.get_content()}
            os.write(self.file, json.dumps(line).encode() + b"\n")
        return "250 OK"

    def listen(self) -> None:
        """Hear whether it is busy, until the input ends."""
        for line in sys.stdin:
            self.is_busy = line.strip() == "busy"
        os._exit(0)


async def serve(port: int, path: str) -> None:
    """Serve for ever."""
    handler = Handler(path)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="mail.example.com", loop=loop), "127.0.0.1", port
    )
    threading.Thread(target=handler.listen, daemon=True).start()
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
