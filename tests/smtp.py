"""A mail server for tests: takes what is sent to it, on a free port of this machine."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import cast


@dataclass(slots=True)
class MailServer:
    """What came. `refusing`: nobody's mail is taken."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    logins: list[str] = field(default_factory=list[str])
    refusing: bool = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation, RFC 5321 as far as a client needs it."""
        writer.write(b"220 mail.example\r\n")
        while line := (await reader.readline()).decode().strip():
            match line.split(" ")[0].upper():
                case "EHLO":
                    writer.write(b"250-mail.example\r\n250 AUTH PLAIN\r\n")
                case "AUTH":
                    self.logins.append(line.split(" ")[-1])
                    writer.write(b"235 welcome\r\n")
                case "MAIL" if self.refusing:
                    writer.write(b"451 not now\r\n")
                case "DATA":
                    writer.write(b"354 go on\r\n")
                    self._take(await reader.readuntil(b"\r\n.\r\n"))
                    writer.write(b"250 taken\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
        writer.close()

    def _take(self, raw: bytes) -> None:
        parsed = email.message_from_bytes(raw[:-5], policy=email.policy.default)
        self.mails.append(cast("EmailMessage", parsed))


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None) -> AsyncGenerator[MailServer]:
    """A server that listens as long as this lasts."""
    mail = MailServer()
    server = await asyncio.start_server(mail.talk, "127.0.0.1", 0, ssl=tls)
    mail.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mail
