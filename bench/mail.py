"""What mail costs: 1,000 mails through a real IMAP server, and 20,000 outgoing ones into a real SMTP server.

Runs in a process of its own on a seeded database that may be spoilt: `python -m bench.mail`. Prints a JSON line per
figure: name, value, unit, limit (or null), note.
"""

from __future__ import annotations

import imaplib
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

MAILS, LARGE = 1_000, 50
LARGE_FILE = 5 * 1024 * 1024
OUTGOING = 20_000
WORKERS = 2  # processes that send, one for each processor
USER, PASSWORD, FOLDER = "demouser", "demopass", "Help"
PATIENCE = 20  # seconds for a server to start

Figure = tuple[str, float, str, float | None, str]


def figures() -> Iterator[Figure]:
    with _imap() as port:
        yield from _intake(port)
    with _smtp() as (port, count):
        yield from _outgoing(port, count)


# --- In -------------------------------------------------------------------------------------------------------------


def _intake(port: int) -> Iterator[Figure]:
    from django.conf import settings
    from django.utils import timezone

    from helpdesk.env import Mailbox
    from tickets.models import IncomingMail
    from tickets.services.mailroom import polling

    # Elsewhere, so that the mails' own memory doesn't count.
    subprocess.run([sys.executable, "-m", "bench.mail", str(port)], check=True)
    settings.MAILBOX = Mailbox("127.0.0.1", port, "none", USER, PASSWORD, FOLDER)
    before = IncomingMail.objects.filter(outcome="created").count()
    started = perf_counter()
    run = polling.poll_all(clock=timezone.now, may_go_on=lambda: True)
    seconds = perf_counter() - started
    created = IncomingMail.objects.filter(outcome="created").count() - before
    if (run.fetched, created) != (MAILS, MAILS):
        raise SystemExit(f"{run.fetched} mails were fetched and {created} became tickets, of {MAILS}.")
    note = f"{MAILS:,} mails, {LARGE} with 5 MB; limit: at least 15"
    yield "mail intake", round(MAILS / seconds, 1), "mails a second", None, note
    yield "mail intake, memory", _peak_megabytes(), "MB", 250, "peak of the process that fetches"


def _fill(port: int) -> None:
    """Put the mails into the server's folder."""
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login(USER, PASSWORD)
    client.create(FOLDER)
    for number in range(MAILS):
        message = EmailMessage()
        message["From"] = f"用户{number} <user{number}@corp.example>"
        message["To"] = "help@desk.example"
        message["Subject"] = f"打印机 {number} 卡纸"
        message["Message-ID"] = f"<bench-{number}@corp.example>"
        message["Date"] = "Tue, 24 Nov 2026 10:00:00 +0800"
        message.set_content(f"第 {number} 台打印机卡纸，无法打印。\n" * 20)
        if number % (MAILS // LARGE) == 0:
            message.add_attachment(os.urandom(LARGE_FILE), maintype="text", subtype="plain", filename="dump.log")
        client.append(FOLDER, "", imaplib.Time2Internaldate(0), message.as_bytes())
    client.logout()


@contextmanager
def _imap() -> Iterator[int]:
    port = _free_port()
    program = str(Path(sys.executable).with_name("pymap"))
    address = ["--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    with _started([program, *address, "dict", "--demo-data"], port):
        yield port


# --- Out ------------------------------------------------------------------------------------------------------------


def _outgoing(port: int, count: Path) -> Iterator[Figure]:
    from django.utils import timezone

    from helpdesk.common.models import OutboxMessage

    OutboxMessage.objects.filter(next_attempt_at__isnull=False).update(state="sent", next_attempt_at=None)
    rows = _backlog(timezone.now())
    environment = {**os.environ, "EMAIL_URL": f"smtp://127.0.0.1:{port}", "DJANGO_SETTINGS_MODULE": "bench.settings"}
    command = [sys.executable, "manage.py", "outbox", "drain", "--json"]
    started = perf_counter()
    workers = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(WORKERS)]
    codes = [worker.wait() for worker in workers]
    if any(codes):
        raise SystemExit("`outbox drain` failed; its message stands above.")
    seconds = perf_counter() - started
    sent = OutboxMessage.objects.filter(event_key__startswith="bench-", state="sent").count()
    arrived = len(count.read_bytes())
    if not sent == arrived == rows:
        raise SystemExit(f"{sent} mails count as sent and {arrived} arrived, of {rows}.")
    peak = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1)
    note = f"{rows:,} rows, {WORKERS} processes of {peak} MB at most, their start included; limit: at least 100"
    yield "outbox", round(rows / seconds, 1), "mails a second", None, note


def _backlog(at: Any) -> int:
    """Receipts of the seeded tickets, several of each, the oldest tickets first."""
    from helpdesk.common.models import OutboxMessage
    from tickets.models import TicketEvent

    events = list(
        TicketEvent.objects.filter(sequence=1, ticket__requester__email__isnull=False)
        .order_by("pk")
        .values_list("pk", "ticket_id", "ticket__requester_id")[:OUTGOING]
    )
    rows = [
        OutboxMessage(
            event_key=f"bench-{number}",
            topic="received",
            channel="email",
            recipient_id=requester_id,
            subject_type="ticket",
            subject_id=ticket_id,
            payload={"event": event_id},
            next_attempt_at=at,
            created_at=at,
        )
        for number in range(OUTGOING)
        for event_id, ticket_id, requester_id in [events[number % len(events)]]
    ]
    OutboxMessage.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


SINK = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Handler:
    async def handle_DATA(self, server, session, envelope):
        with open(sys.argv[2], "ab") as file:
            file.write(b".")
        return "250 OK"
async def main():
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: SMTP(Handler()), "127.0.0.1", int(sys.argv[1]))
    await asyncio.Event().wait()
asyncio.run(main())
"""


@contextmanager
def _smtp() -> Iterator[tuple[int, Path]]:
    """The port of a mail server, and a file that grows by a byte with each mail that it took."""
    port, count = _free_port(), Path(os.environ["DATA_DIR"]) / "arrived"
    count.touch()
    with _started([sys.executable, "-c", SINK, str(port), str(count)], port):
        yield port, count


# --- Both -----------------------------------------------------------------------------------------------------------


@contextmanager
def _started(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if monotonic() > until:
                    raise SystemExit(f"{command[0]} doesn't start.") from None
                sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _peak_megabytes() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


if __name__ == "__main__":
    if sys.argv[1:]:
        _fill(int(sys.argv[1]))
        sys.exit()
    django.setup()
    for figure in figures():
        print(json.dumps(figure, ensure_ascii=False), flush=True)  # noqa: T201
