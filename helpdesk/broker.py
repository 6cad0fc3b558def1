"""The embedded broker: kombu's folder of message files, with messages that appear whole or not at all."""

from __future__ import annotations

import os
import uuid
from time import time_ns
from typing import Any

import redis
from django.conf import settings
from kombu.transport import filesystem, virtual
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes to a hidden name first: a worker that lists the folder never sees an unfinished message.

    Bindings stay in the process, as each process declares the queues that it uses. kombu keeps them in files that
    two processes starting together can read half-written; it needs those files only for broadcasts, which nobody sends.
    """

    supports_fanout = False
    get_table = virtual.Channel.get_table
    _delete = virtual.Channel._delete

    # kombu's own two classes above disagree about the second name.
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        hidden = os.path.join(self.data_folder_out, f".{name}.part")
        with open(hidden, "wb") as file:
            file.write(str_to_bytes(dumps(payload)))
        os.rename(hidden, os.path.join(self.data_folder_out, name))


class Transport(filesystem.Transport):
    Channel = Channel
    implements = virtual.Transport.implements.extend(exchange_type=frozenset({"direct"}))


def redis_client() -> redis.Redis:
    """A short-tempered connection to the production broker, for questions about its health."""
    location = str(settings.CACHES["default"]["LOCATION"])
    client: redis.Redis = redis.Redis.from_url(location, socket_timeout=2, socket_connect_timeout=2)
    return client
