"""An IMAP server that answers as RFC 3501 allows and others never do, or not at all."""

from __future__ import annotations

import socket
import threading
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from helpdesk.env import Mailbox as Address

# Given the UID of the mail that is asked for, its tag and what writes a line: True if it has answered.
Fetching = Callable[[int, bytes, Callable[[bytes], None], socket.socket], bool]


class OddServer:
    """Holds `mails` by UID. `size_line` writes the answer to a question for UID and size. Who signs in by XOAUTH2 has to
    show `token`; `shown` is what was shown.
    """

    def __init__(
        self,
        mails: dict[int, bytes],
        *,
        size_line: str = "UID {uid} RFC822.SIZE {size}",
        fetching: Fetching | None = None,
    ) -> None:
        self.mails, self.size_line, self.fetching = mails, size_line, fetching
        self.token = ""
        self.shown: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> Address:
        return Address("127.0.0.1", self._listener.getsockname()[1], "none", "user", "password", "INBOX")

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        file: Any = connection.makefile("rwb")

        def write(line: bytes) -> None:
            file.write(line + b"\r\n")
            file.flush()

        try:
            write(b"* OK ready")
            for line in file:
                tag, _blank, command = line.strip().partition(b" ")
                if command.upper().startswith(b"AUTHENTICATE"):
                    write(b"+ ")
                    self.shown.append(b64decode(file.readline()))
                    is_right = self.shown[-1].endswith(f"\1auth=Bearer {self.token}\1\1".encode())
                    write(tag + (b" OK done." if is_right else b" NO [AUTHENTICATIONFAILED] no"))
                    continue
                self._answer(tag, command.upper(), write, connection)
        except (OSError, ValueError):
            pass  # The other side is gone.

    def _answer(self, tag: bytes, command: bytes, write: Callable[[bytes], None], connection: socket.socket) -> None:
        if command.startswith((b"SELECT", b"EXAMINE")):
            write(b"* OK [UIDVALIDITY 7] x")
            write(b"* OK [UIDNEXT %d] x" % (max(self.mails, default=0) + 1))
        elif command.startswith(b"UID SEARCH"):
            write(b"* SEARCH " + b" ".join(b"%d" % uid for uid in self.mails))
        elif command.startswith(b"UID FETCH") and b"RFC822.SIZE" in command:
            for place, (uid, mail) in enumerate(self.mails.items(), 1):
                write(f"* {place} FETCH ({self.size_line.format(uid=uid, size=len(mail))})".encode())
        elif command.startswith(b"UID FETCH"):
            uid = int(command.split()[2])
            if self.fetching is not None and self.fetching(uid, tag, write, connection):
                return
            mail = self.mails[uid]
            write(b"* 1 FETCH (UID %d BODY[] {%d}\r\n" % (uid, len(mail)) + mail + b")")
        elif command.startswith(b"CAPABILITY"):
            write(b"* CAPABILITY IMAP4rev1")
        elif command.startswith(b"LOGOUT"):
            write(b"* BYE")
        write(tag + b" OK done.")
