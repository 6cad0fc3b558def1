"""A real IMAP server on this machine, and the hands to put mails into it."""

from __future__ import annotations

import imaplib
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

from helpdesk.env import Mailbox as Address

USER, PASSWORD = "demouser", "demopass"
FOLDER = "Help"
STARTS_WITHIN = 20  # seconds


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """What tests do with any server: `folder` is the name of its one folder as IMAP writes it."""

    port: int
    folder = FOLDER

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        return client

    def put(self, *mails: bytes) -> None:
        client = self.client()
        for mail in mails:
            status, answer = client.append(self.folder, "", imaplib.Time2Internaldate(0), mail)
            assert status == "OK", answer
        client.logout()

    def unseen(self) -> int:
        client = self.client()
        client.select(self.folder, readonly=True)
        _status, data = client.search(None, "UNSEEN")
        client.logout()
        return len(data[0].split())

    def make_folder(self) -> None:
        """Wait until the server answers, and make the folder."""
        until = monotonic() + STARTS_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                assert monotonic() < until, "the IMAP server does not start"
                sleep(0.05)
        client = self.client()
        client.create(self.folder)
        client.logout()


class ImapServer(Server):
    """pymap with its mails in memory. Stopped and started again it is empty, with another UIDVALIDITY."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = str(Path(sys.executable).with_name("pymap"))
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [program, *address, "--no-tls", "dict", "--demo-data"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.make_folder()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def url(self) -> str:
        return f"imap://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{FOLDER}"

    @property
    def address(self) -> Address:
        """The same, as the settings hold it."""
        return Address("127.0.0.1", self.port, "none", USER, PASSWORD, FOLDER)
