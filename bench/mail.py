"""What mail costs: 1,000 mails through a real IMAP server, and 20,000 outgoing ones into a real SMTP server while a
webhook that never answers and one that works are told of things too.

Runs in a process of its own on a seeded database that may be spoilt: `python -m bench.mail`. Prints a JSON line per
figure: name, value, unit, limit (or null), note.
"""

from __future__ import annotations

import imaplib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

MAILS, LARGE = 1_000, 50
LARGE_FILE = 5 * 1024 * 1024
OUTGOING = 20_000
PARCELS = 200  # for each of the two webhooks
WORKERS = 2  # processes that send, one for each processor
USER, PASSWORD, FOLDER = "demouser", "demopass", "Help"
PATIENCE = 20  # seconds for a server to start

Figure = tuple[str, float, str, float | None, str]


def figures() -> Iterator[Figure]:
    with _imap() as port:
        yield from _intake(port)
    with _smtp() as (port, count), _webhooks() as (dead, living):
        yield from _outgoing(port, count, dead, living)


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


def _outgoing(port: int, count: Path, dead: int, living: Receiver) -> Iterator[Figure]:
    from django.utils import timezone

    from helpdesk.common.models import OutboxMessage

    OutboxMessage.objects.filter(next_attempt_at__isnull=False).update(state="sent", next_attempt_at=None)
    rows = _backlog(timezone.now())
    environment = {
        **os.environ,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "EGRESS_ALLOW": f"127.0.0.1:{dead},127.0.0.1:{living.port}",
    }
    _parcels(environment["EGRESS_ALLOW"].split(","), timezone.now())
    started = perf_counter()
    beside, *workers = (
        subprocess.Popen([sys.executable, "-m", "bench.mail", what], env=environment, stdout=subprocess.PIPE, text=True)
        for what in ("parcels", *["mails"] * WORKERS)
    )
    peaks = [_peak_at_end(worker) for worker in workers]
    seconds = perf_counter() - started
    sent = OutboxMessage.objects.filter(event_key__startswith="bench-mail-", state="sent").count()
    arrived = len(count.read_bytes())
    if not sent == arrived == rows:
        raise SystemExit(f"{sent} mails count as sent and {arrived} arrived, of {rows}.")
    note = (
        f"{rows:,} rows, {WORKERS} processes of {max(peaks):.0f} MB, their start included, webhooks beside them; "
        "limit: at least 100"
    )
    yield "outbox", round(rows / seconds, 1), "mails a second", None, note
    _peak_at_end(beside)
    if living.count != PARCELS:
        raise SystemExit(f"{living.count} messages came to the webhook that works, of {PARCELS}.")
    note = f"{PARCELS:,} messages, while the mails went out and another webhook with as many never answered"
    yield "webhook beside a dead one", round(PARCELS / (living.last - started), 1), "messages a second", None, note


def _peak_at_end(process: subprocess.Popen[str]) -> float:
    """Wait for a process; its peak of memory in MB, which it says itself."""
    said, _errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args!r} failed; its message stands above.")
    return float(said.splitlines()[-1])


def _send(what: str) -> None:
    """What a worker does, until nothing is due."""
    from django.utils import timezone

    from helpdesk.common.stopwatch import for_seconds
    from notifications.draining import RUN_FOR
    from notifications.services.dispatch import dispatch_due
    from notifications.services.parcels import deliver_parcels

    deliver = {"mails": dispatch_due, "parcels": deliver_parcels}[what]
    while deliver(at=timezone.now(), may_go_on=for_seconds(RUN_FOR)).has_more:
        pass
    print(_peak_megabytes())  # noqa: T201


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
            event_key=f"bench-mail-{number}",
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


def _parcels(hosts: list[str], at: Any) -> None:
    """As many messages for each of the webhooks."""
    from django.conf import settings

    from helpdesk.accounts.models import User
    from helpdesk.common.models import OutboxMessage
    from notifications.models import WebhookEndpoint
    from notifications.services.destinations import save_webhook
    from notifications.services.settling import TRIED_FOR
    from tickets.models import TicketEvent

    admin = User.objects.get(username="admin")
    settings.EGRESS_ALLOW = [(host, int(port)) for host, _colon, port in (one.partition(":") for one in hosts)]
    for host in hosts:
        endpoint = WebhookEndpoint(name=host, url=f"http://{host}/", includes_confidential=True)
        save_webhook(endpoint=endpoint, actor=admin, at=at)
        events = TicketEvent.objects.order_by("pk").values_list("pk", "ticket_id")[:PARCELS]
        OutboxMessage.objects.bulk_create(
            OutboxMessage(
                event_key=f"bench-parcel-{event_id}",
                topic="event",
                channel="webhook",
                destination=endpoint.key,
                subject_type="ticket",
                subject_id=ticket_id,
                payload={"event": event_id},
                next_attempt_at=at,
                give_up_at=at + TRIED_FOR,
                created_at=at,
            )
            for event_id, ticket_id in events
        )


class Receiver(ThreadingHTTPServer):
    """Another system that takes what it is told. `last` is when it was asked last, by `perf_counter`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.port = int(self.server_address[1])
        self.count, self.last = 0, 0.0


class Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.count += 1
        self.server.last = perf_counter()

    def log_message(self, *_arguments: Any) -> None:
        """Not of interest here."""


@contextmanager
def _webhooks() -> Iterator[tuple[int, Receiver]]:
    """The port of one that takes connections and never answers, and one that works."""
    with socket.create_server(("127.0.0.1", 0)) as silent, Receiver() as living:
        threading.Thread(target=living.serve_forever, daemon=True).start()
        yield int(silent.getsockname()[1]), living
        living.shutdown()


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
    """Of this program. What `getrusage` tells counts the process it was forked from, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024, 1)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].isdigit():
        _fill(int(sys.argv[1]))
        sys.exit()
    django.setup()
    if sys.argv[1:]:
        _send(sys.argv[1])
        sys.exit()
    for figure in figures():
        print(json.dumps(figure, ensure_ascii=False), flush=True)  # noqa: T201
