"""Acts that a repeat must not double: a form sent twice, an API request tried again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from helpdesk.common.errors import Unprocessable
from helpdesk.common.models import IdempotencyKey

KEY_LENGTH = 255


@dataclass(frozen=True)
class Answer:
    """What the act answered: an HTTP status and JSON. `is_replay` says that it was carried out before."""

    status: int
    body: Any
    is_replay: bool = False


def fingerprint(facts: Mapping[str, Any]) -> str:
    """The hash by which a repeat is told from another request under the same key."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


@transaction.atomic
def once(*, user_id: int, key: str, request_hash: str, at: datetime, act: Callable[[], tuple[int, Any]]) -> Answer:
    """Carry out `act` unless this user did it under this key; then the first answer comes back.

    The key's row is written in the act's own transaction: a second caller waits at the unique key until the
    first has committed and gets its answer, and an act that fails leaves no key behind, so it can be repeated.
    Raises Unprocessable when the key was used for another request.
    """
    row = IdempotencyKey(user_id=user_id, key=key, request_hash=request_hash, created_at=at)
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    found = IdempotencyKey.objects.get(user_id=user_id, key=key)
    if found.request_hash != request_hash:
        raise Unprocessable(extra={"body": found.response_body})
    if found.response_status is not None:
        return Answer(found.response_status, found.response_body, is_replay=True)
    status, body = act()
    found.response_status, found.response_body = status, body
    found.save(update_fields=["response_status", "response_body"])
    return Answer(status, body)
