#!/usr/bin/env python3
"""Check that the dossier of a ticket is as the help desk wrote it. Needs nothing but Python 3.9 or newer.

    python3 verify_dossier.py [dossier.json] [--head HASH] [--without-files]

Recomputed are the hash of every event and its place in the chain, the fingerprint of every message and of everything that
was asked and answered, the SHA-256 of every file in the folder `files` beside the dossier, and the digest of all that the
dossier says. What the help desk erased later is accepted where an event of the chain says so. Prints OK and the head of the
chain; or the first place that was altered, and exits with 1. Exits with 2 where this is no dossier.

Who alters everything consistently, to the last hash, is found out by `--head`: the hash of the last event as it was noted
elsewhere, on the printed dossier for instance.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FORMAT = "helpdesk-dossier/2"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(facts: Mapping[str, Any]) -> str:
    """The one spelling that hashes are made of."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(dossier: Mapping[str, Any]) -> str:
    """The SHA-256 of all that the dossier says, however it is spaced."""
    return sha256(canonical({name: part for name, part in dossier.items() if name != "digest"}))


def broken_chain(dossier: Mapping[str, Any], head: str) -> Iterator[str]:
    """Events that were altered, removed or added, and a tail that was cut."""
    previous, sequence = "", 0
    for event in dossier["events"]:
        sequence += 1
        facts = event["facts"]
        if facts["sequence"] != sequence:
            yield f"event {sequence} is missing"
            return
        if event["previous_hash"] != previous:
            yield f"event {sequence} does not follow the event before it"
        if event["hash"] != sha256(f"{previous}\n{canonical(facts)}"):
            yield f"event {sequence} was altered"
        previous = event["hash"]
    if dossier["head"] != {"sequence": sequence, "hash": previous} or dossier["ticket"]["version"] != sequence:
        yield f"events after {sequence} are missing, or the head of the chain was altered"
    if head and head.lower() != previous:
        yield f"the chain ends with {previous}, not with the hash that was noted"


def erased(dossier: Mapping[str, Any]) -> tuple[set[int], dict[tuple[str, int], dict[str, str]]]:
    """What the chain itself says was erased: messages without text, and rows with their fingerprints since then."""
    messages: set[int] = set()
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for event in dossier["events"]:
        if event["facts"]["code"] == "anonymised":
            gone = event["facts"]["data"]["erased"]
            messages.update(gone["messages"])
            rows.update({(row["kind"], row["id"]): row for row in gone["sealed"]})
    return messages, rows


def broken_messages(dossier: Mapping[str, Any]) -> Iterator[str]:
    texts = {message["id"]: message for message in dossier["messages"]}
    gone, _rows = erased(dossier)
    for event in dossier["events"]:
        facts = event["facts"]
        number = facts["message"]
        if number is None:
            continue
        message = texts.pop(number, None)
        if message is None:
            yield f"message {number} is missing"
            continue
        if not (message["text"] == "" and number in gone) and sha256(message["text"]) != facts["data"]["text_sha256"]:
            yield f"message {number} was altered"
        known = {file["id"]: file["sha256"] for file in dossier["files"]}
        if sorted(known.get(file, "") for file in message["files"]) != sorted(facts["data"].get("files", [])):
            yield f"the files of message {number} were altered"
    for number in texts:
        yield f"message {number} was added"


def broken_rows(dossier: Mapping[str, Any]) -> Iterator[str]:
    """What was asked and answered, against the fingerprints in the events."""
    rows = {(row["kind"], row["id"]): row for row in dossier["sealed"]}
    _messages, since = erased(dossier)
    for event in dossier["events"]:
        told = event["facts"]["data"].get("sealed")
        if told is None:
            continue
        key = (told["kind"], told["id"])
        row, expected = rows.get(key), since.get(key, told)
        if row is None:
            yield f"{key[0]} {key[1]} is missing"
            continue
        for part in ("asked", "answered"):
            if part in expected and sha256(canonical(row[part] or {})) != expected[part]:
                yield f"what was {part} in {key[0]} {key[1]} was altered"


def broken_files(dossier: Mapping[str, Any], folder: Path) -> Iterator[str]:
    for file in dossier["files"]:
        if file["erased_at"] is not None:
            continue
        path = folder / file["path"]
        if not path.is_file():
            yield f"the file {file['path']} is missing"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != file["sha256"]:
            yield f"the file {file['path']} was altered"


def broken(dossier: Mapping[str, Any], folder: Path | None, head: str) -> Iterator[str]:
    """Every place that isn't as it was written, in order. Without a folder, files are not looked at."""
    yield from broken_chain(dossier, head)
    yield from broken_messages(dossier)
    yield from broken_rows(dossier)
    if folder is not None:
        yield from broken_files(dossier, folder)
    if dossier["digest"] != digest(dossier):
        yield "what stands beside the chain was altered"


def main() -> int:
    parser = argparse.ArgumentParser(description="Check that the dossier of a ticket is as the help desk wrote it.")
    parser.add_argument("dossier", nargs="?", type=Path, default=Path("dossier.json"))
    parser.add_argument("--head", default="", help="the hash of the last event, as it was noted elsewhere")
    parser.add_argument("--without-files", action="store_true", help="look at the JSON alone")
    given = parser.parse_args()
    try:
        dossier = json.loads(given.dossier.read_text(encoding="utf-8"))
        if dossier["format"] != FORMAT:
            raise ValueError(f"its format is {dossier['format']!r}, not {FORMAT!r}")
        folder = None if given.without_files else given.dossier.parent
        first = next(broken(dossier, folder, given.head), None)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"NO DOSSIER: {error}\n")
        return 2
    except (KeyError, TypeError, AttributeError) as error:
        sys.stdout.write(f"ALTERED: a part of the dossier is missing or of another kind ({error})\n")
        return 1
    if first is not None:
        sys.stdout.write(f"ALTERED: {first}\n")
        return 1
    number, count = dossier["ticket"]["number"], len(dossier["events"])
    sys.stdout.write(f"OK: ticket {number}, {count} events, head {dossier['head']['hash']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
