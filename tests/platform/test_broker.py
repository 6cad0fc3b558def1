"""The embedded broker: messages arrive whole, once, in order."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from kombu import Connection

import helpdesk.celery  # noqa: F401  (registers the transport)

MESSAGE = {"text": "工单" * 5000}


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    folder = str(tmp_path)
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder, "polling_interval": 0.01}
    return Connection("filesystem://localhost//", transport_options=options)


def test_messages_arrive_in_order(connection: Connection) -> None:
    with connection.SimpleQueue("work") as queue:
        for number in range(20):
            queue.put(number)
        arrived = []
        for _ in range(20):
            message = queue.get(timeout=5)
            arrived.append(message.payload)
            message.ack()
    assert arrived == list(range(20))


def test_a_reader_never_meets_a_half_written_message(connection: Connection) -> None:
    total = 300

    def write() -> None:
        with connection.clone() as own, own.SimpleQueue("work") as queue:
            for _ in range(total):
                queue.put(MESSAGE)

    writer = threading.Thread(target=write)
    writer.start()
    with connection.clone() as own, own.SimpleQueue("work") as queue:
        for _ in range(total):
            message = queue.get(timeout=10)
            assert message.payload == MESSAGE
            message.ack()
    writer.join()


def test_other_queues_and_unfinished_files_are_left_alone(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / ".1_x.work.msg.part").write_text("half")
    with connection.SimpleQueue("other") as other, connection.SimpleQueue("work") as queue:
        other.put("for others")
        with pytest.raises(queue.Empty):
            queue.get(timeout=0.05)
        assert other.get(timeout=5).payload == "for others"
    assert (tmp_path / ".1_x.work.msg.part").exists()
