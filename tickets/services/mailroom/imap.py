"""One conversation with an IMAP server: what is there, give me this one, I have got it."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from imap_tools import (
    BaseMailBox,
    MailBox,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailBoxStartTls,
    MailBoxUnencrypted,
)
from imap_tools.imap_utf7 import utf7_encode

from tickets.services.mailroom.mailboxes import Connection

TIMEOUT = 20  # seconds for one answer
UID = re.compile(rb"\bUID (\d+)")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
QUOTED_BODY = re.compile(rb'BODY\[[A-Z]*\] "((?:[^"\\]|\\.)*)"')
QUOTA = re.compile(rb"\b(?:STORAGE|MESSAGE) (\d+) (\d+)")
AT_ONCE = 200  # numbers in one command; servers limit the length of a line


class Unreachable(Exception):
    """The mailbox can't be read now. `code`: address, refused, timeout, certificate, sign_in, folder, dropped."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = " ".join(detail.split())[:200]
        super().__init__(f"{code}: {self.detail}")


@dataclass(frozen=True)
class Found:
    """A mail on the server, and its size in bytes there."""

    uid: int
    size: int


class Session:
    """A signed-in connection with the folder open. Every method may raise what `opened` turns into Unreachable."""

    def __init__(self, box: BaseMailBox, folder: str) -> None:
        self._client = box.client
        self._folder = utf7_encode(folder).decode("ascii").replace("\\", r"\\").replace('"', r"\"")
        # RFC 3501, 2.3.1.1: while this number stays, so does the meaning of every UID.
        self.uid_validity = self._told("UIDVALIDITY")
        self.uid_next = self._told("UIDNEXT")

    def after(self, uid: int) -> list[Found]:
        """Mails newer than this one, the oldest first, whether anybody has read them or not."""
        # The server answers with the newest mail also where it is older than the range asked for.
        return [found for found in self._search(f"UID {uid + 1}:*") if found.uid > uid]

    def unseen(self) -> list[Found]:
        """Mails that nobody has read, the oldest first."""
        return self._search("UNSEEN")

    def fetch(self, uid: int, *, head_only: bool = False) -> bytes | None:
        """A mail's bytes; None if it is gone meanwhile. Raises Refused where the server keeps it."""
        what = "BODY.PEEK[HEADER]" if head_only else "BODY.PEEK[]"
        try:
            status, data = self._client.uid("fetch", str(uid), f"({what})")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Refused(str(error)) from error
        if status != "OK":
            raise Refused(_words(data))
        literal = next((part[1] for part in data if isinstance(part, tuple)), None)
        quoted = next((found for part in data if isinstance(part, bytes) and (found := QUOTED_BODY.search(part))), None)
        if literal is None and quoted is not None:
            return re.sub(rb"\\(.)", rb"\1", quoted[1])
        return literal

    def mark_seen(self, uids: Iterable[int]) -> None:
        """So that people who look into the mailbox see what was taken over. Nothing depends on it but a new start."""
        numbers = [str(uid) for uid in uids]
        for start in range(0, len(numbers), AT_ONCE):
            self._client.uid("store", ",".join(numbers[start : start + AT_ONCE]), "+FLAGS.SILENT", r"(\Seen)")

    def percent_full(self) -> int | None:
        """How much of the mailbox's room is used (RFC 9208); None where the server names no limit."""
        # Asked anew: many servers tell what they can do only after the sign-in.
        _status, capabilities = self._client.capability()
        if b" QUOTA" not in b" ".join(capabilities):
            return None
        status, data = self._client.getquotaroot(f'"{self._folder}"')
        used = [QUOTA.search(line) for line in data[1] if isinstance(line, bytes)] if status == "OK" else []
        shares = [int(match[1]) * 100 // int(match[2]) for match in used if match and int(match[2])]
        return max(shares, default=None)

    def _told(self, name: str) -> int:
        _name, values = self._client.response(name)
        return int(values[-1]) if values and values[-1] else 0

    def _search(self, criterion: str) -> list[Found]:
        status, data = self._client.uid("search", criterion)
        if status != "OK":
            raise imaplib.IMAP4.error(_words(data))
        uids = sorted({int(number) for part in data if part for number in part.split()})
        return [found for start in range(0, len(uids), AT_ONCE) for found in self._sizes(uids[start : start + AT_ONCE])]

    def _sizes(self, uids: Sequence[int]) -> Iterator[Found]:
        _status, data = self._client.uid("fetch", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        sizes = {}
        for line in data:
            uid = UID.search(line) if isinstance(line, bytes) else None
            size = SIZE.search(line) if isinstance(line, bytes) else None
            if uid and size:
                sizes[int(uid[1])] = int(size[1])
        # Whose size isn't told is fetched all the same.
        return (Found(uid, sizes.get(uid, 0)) for uid in uids)


class Refused(Exception):
    """The server doesn't give out this one mail."""


@contextmanager
def opened(connection: Connection, *, token: str = "") -> Iterator[Session]:
    """Sign in (with an OAuth 2 `token` where one is given) and open the folder.

    Raises Unreachable for everything that goes wrong, also inside the block.
    """
    try:
        box = _connect(connection)
        try:
            _sign_in(box, connection, token)
            yield Session(box, connection.folder)
        finally:
            _hang_up(box)
    except Unreachable:
        raise
    except MailboxLoginError as error:
        raise Unreachable("sign_in", _words(error)) from error
    except MailboxFolderSelectError as error:
        raise Unreachable("folder", _words(error)) from error
    except ssl.SSLCertVerificationError as error:
        raise Unreachable("certificate", error.verify_message) from error
    except TimeoutError as error:
        raise Unreachable("timeout") from error
    except imaplib.IMAP4.abort as error:
        raise Unreachable("dropped", str(error)) from error
    except imaplib.IMAP4.error as error:
        raise Unreachable("sign_in" if "AUTHENTICAT" in str(error).upper() else "dropped", str(error)) from error
    except ConnectionRefusedError as error:
        raise Unreachable("refused", str(error)) from error
    except (OSError, EOFError) as error:
        is_unknown = type(error).__name__ == "gaierror"  # the socket module is net.py's alone
        raise Unreachable("address" if is_unknown else "dropped", str(error)) from error


def _sign_in(box: BaseMailBox, connection: Connection, token: str) -> None:
    try:
        if token:
            box.xoauth2(connection.username, token, initial_folder=connection.folder)
        else:
            box.login(connection.username, connection.password, initial_folder=connection.folder)
    except (UnicodeEncodeError, ValueError) as error:
        raise Unreachable("sign_in", str(error)) from error


def _connect(connection: Connection) -> BaseMailBox:
    """With the certificate checked, which the library leaves to its caller."""
    if connection.security == "tls":
        return MailBox(connection.host, connection.port, timeout=TIMEOUT, ssl_context=ssl.create_default_context())
    if connection.security == "starttls":
        context = ssl.create_default_context()
        return MailBoxStartTls(connection.host, connection.port, timeout=TIMEOUT, ssl_context=context)
    return MailBoxUnencrypted(connection.host, connection.port, timeout=TIMEOUT)


def _hang_up(box: BaseMailBox) -> None:
    try:
        box.logout()
    except (OSError, EOFError, imaplib.IMAP4.error):
        pass  # The other side is gone already.
    except Exception:
        pass  # The library has an error of its own for an answer that isn't BYE.


def _words(answer: object) -> str:
    if isinstance(answer, Exception):
        result = getattr(answer, "command_result", None)
        return _words(result[1]) if result else str(answer)
    parts = answer if isinstance(answer, list) else [answer]
    return " ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts if part)
