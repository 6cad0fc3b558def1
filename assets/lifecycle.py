"""What can be done with an asset, as one table. Pure: no Django, no clock, no database.

Buttons, the API's transitions and the test matrix are generated from `RULES` (docs/assets.md shows the table).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an asset stands."""

    STOCK = "stock"
    IN_USE = "in_use"
    LENT = "lent"
    REPAIR = "repair"
    LOST = "lost"
    RETIRED = "retired"


HELD = frozenset({State.IN_USE, State.LENT})


class Command(StrEnum):
    """What can be done with an asset. The names are part of the public API."""

    HAND_OUT = "hand_out"
    LEND = "lend"
    TAKE_BACK = "take_back"
    EXTEND_LOAN = "extend_loan"
    SEND_TO_REPAIR = "send_to_repair"
    BACK_FROM_REPAIR = "back_from_repair"
    REPORT_LOST = "report_lost"
    FOUND = "found"
    RETIRE = "retire"
    RESTORE = "restore"


@dataclass(frozen=True)
class Facts:
    """What the table asks about an asset."""

    state: State
    has_holder: bool = False
    is_lent: bool = False  # handed out until a day
    waits_for_receipt: bool = False  # a hand-out that its person hasn't answered


@dataclass(frozen=True)
class Rule:
    """From which states a command leads where. `target` None: back to where the asset was before (`former_state`)."""

    sources: frozenset[State]
    target: State | None
    needs: tuple[str, ...] = ()  # names of the data without which it is refused
    keeps_holder: bool = False
    ends_waiting: bool = False  # possible while a hand-out waits for its answer


RULES: dict[Command, Rule] = {
    Command.HAND_OUT: Rule(frozenset({State.STOCK}), State.IN_USE, ("person",)),
    Command.LEND: Rule(frozenset({State.STOCK}), State.LENT, ("person", "lent_until_on")),
    Command.TAKE_BACK: Rule(HELD, State.STOCK, ends_waiting=True),
    Command.EXTEND_LOAN: Rule(frozenset({State.LENT}), State.LENT, ("lent_until_on",), keeps_holder=True),
    Command.SEND_TO_REPAIR: Rule(frozenset({State.STOCK, *HELD}), State.REPAIR, keeps_holder=True),
    Command.BACK_FROM_REPAIR: Rule(frozenset({State.REPAIR}), None, keeps_holder=True),
    Command.REPORT_LOST: Rule(
        frozenset({State.STOCK, *HELD, State.REPAIR}), State.LOST, ("reason",), keeps_holder=True
    ),
    Command.FOUND: Rule(frozenset({State.LOST}), None, keeps_holder=True),
    Command.RETIRE: Rule(frozenset({State.STOCK, State.REPAIR, State.LOST}), State.RETIRED, ("reason",)),
    Command.RESTORE: Rule(frozenset({State.RETIRED}), State.STOCK, ("reason",)),
}


def refusal(command: Command, facts: Facts) -> str:
    """Why the command is impossible now, as a code; empty where it is possible."""
    rule = RULES[command]
    if facts.state not in rule.sources:
        return "wrong_state"
    if facts.waits_for_receipt and not rule.ends_waiting:
        return "waits_for_receipt"
    return ""


def allowed(facts: Facts) -> Iterator[Command]:
    """What can be done now, in the order of the buttons."""
    return (command for command in Command if not refusal(command, facts))


def target_of(command: Command, facts: Facts) -> State:
    """The state that the command leads to."""
    return RULES[command].target or former_state(facts)


def former_state(facts: Facts) -> State:
    """Where an asset goes that comes back from repair or is found: to its holder, or to the stock."""
    if not facts.has_holder:
        return State.STOCK
    return State.LENT if facts.is_lent else State.IN_USE
