"""Fingerprints of what people asked and answered, so that changing a row behind the trail's back shows (I1).

An event about such a row carries them under `sealed`: `{"kind", "id", "asked"}` and, once it was answered, `"answered"`.
`verify_audit` makes them again from the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from django.db import models

from tickets.chain import canonical, text_digest
from tickets.models import ActionRequest, Consent, Survey, TimeProposal, VendorCase, VendorMessage, WorkWindow

PARTS = ("asked", "answered")


class Sealable(Protocol):
    """A row whose contents the trail covers. Facts are plain values that never change once they are there."""

    pk: int

    def asked_facts(self) -> Mapping[str, Any]: ...

    def answered_facts(self) -> Mapping[str, Any]: ...


# By the word that stands in events.
KINDS: dict[str, type[models.Model]] = {
    "consent": Consent,
    "survey": Survey,
    **{model.KIND: model for model in (TimeProposal, WorkWindow, ActionRequest)},
    "vendor_case": VendorCase,
    "vendor_message": VendorMessage,
}


def seal(kind: str, row: Sealable, *, is_answered: bool = False) -> dict[str, Any]:
    """What the event of this act has to carry."""
    sealed = {"kind": kind, "id": row.pk, "asked": digest(row, "asked")}
    return {"sealed": {**sealed, "answered": digest(row, "answered")} if is_answered else sealed}


def digest(row: Sealable, part: str) -> str:
    facts = row.asked_facts() if part == "asked" else row.answered_facts()
    return text_digest(canonical(facts))


def sealed_parts(sealed: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], set[str]]:
    """Which parts of which rows these `sealed` facts of events cover, by kind and id."""
    parts: dict[tuple[str, int], set[str]] = {}
    for one in sealed:
        parts.setdefault((one["kind"], one["id"]), set()).update(part for part in PARTS if part in one)
    return parts
