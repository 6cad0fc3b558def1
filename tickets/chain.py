"""The hash chain of a ticket's events (I1-I3 of the security design). Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def canonical(facts: Mapping[str, Any]) -> str:
    """The one spelling of an event's facts: sorted keys, no spaces, instants in UTC with microseconds."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_spell)


def _spell(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    raise TypeError(f"{type(value).__name__} doesn't belong into an event")


def link(previous_hash: str, facts: Mapping[str, Any]) -> str:
    """The hash of an event that follows `previous_hash` (empty for the first)."""
    return hashlib.sha256(f"{previous_hash}\n{canonical(facts)}".encode()).hexdigest()


def text_digest(text: str) -> str:
    """The fingerprint of a text that stands elsewhere (a message), so that changing it shows."""
    return hashlib.sha256(text.encode()).hexdigest()
