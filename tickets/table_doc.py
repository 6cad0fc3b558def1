"""The lifecycle table as a Markdown page. `docs/lifecycle.md` is this text; a test compares them."""

from __future__ import annotations

from tickets.lifecycle import RULES, Party, Rule, Status

_HEAD = """# The lifecycle of a ticket

This page is written by `manage.py lifecycle_doc > docs/lifecycle.md` from `tickets/lifecycle.py`; don't edit it.
*archived* is a seal on a closed or withdrawn ticket, not a status: nothing is possible after it.
Two more acts make a ticket wait, through the same `wait`: an agreed work window, until it begins, and a request for action to the
requester, until they answer. Neither they nor a proposed new time keep a ticket from being solved; `resolve` and `withdraw` end them.

| status | command | leads to | who | needs | may have | refused as |
|---|---|---|---|---|---|---|
"""
_WHO = {Party.REQUESTER: "requester", Party.STAFF: "staff", Party.SYSTEM: "timer"}


def _row(rule: Rule) -> str:
    needs = [f"`{name}`" for name in rule.requires]
    if rule.requires_one_of:
        needs.append(" or ".join(f"`{name}`" for name in rule.requires_one_of))
    cells = [
        f"`{rule.source}`",
        f"`{rule.command}`",
        f"`{rule.target}`" if rule.target != rule.source else "(stays)",
        ", ".join(_WHO[party] for party in Party if party in rule.who),
        ", ".join(needs),
        ", ".join(f"`{name}`" for name in rule.accepts),
        ", ".join(f"`{guard.code}`" for guard in rule.guards),
    ]
    return "| " + " | ".join(cells) + " |"


def as_markdown() -> str:
    """The whole page."""
    rows = [_row(rule) for status in Status for rule in RULES if rule.source == status]
    return _HEAD + "\n".join(rows) + "\n"
