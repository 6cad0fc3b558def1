"""The one rule about mails that point at a vendor case, without a database."""

from __future__ import annotations

import pytest

from tickets.intake.authentication import Verdict
from tickets.intake.gate import Facts, FromVendor, Nature, Sender, Step, Thread, decide, vouched
from tickets.intake.tokens import claim_in, token_for, vendor_claim_in, vendor_token_for

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("changes", "step", "reason"),
    [
        ({}, Step.VENDOR, "vendor_answer"),
        ({"nature": Nature.AUTOMATIC}, Step.VENDOR, "vendor_answer"),
        ({"nature": Nature.OWN}, Step.IGNORE, ""),
        ({"nature": Nature.BOUNCE}, Step.BOUNCE, ""),
        ({"sender": Sender.STAFF}, Step.VENDOR, "vendor_answer"),
        ({"thread": Thread.TOKEN, "is_on_ticket": True}, Step.VENDOR, "vendor_answer"),
        ({"verdict": Verdict.FAILED}, Step.HOLD, "sender_forged"),
        ({"is_over_sender_limit": True}, Step.HOLD, "sender_limit"),
        ({"is_over_ticket_limit": True}, Step.HOLD, "ticket_limit"),
        ({"vendor": FromVendor.OTHER_SENDER}, Step.HOLD, "vendor_other_sender"),
        ({"vendor": FromVendor.UNPROVED}, Step.HOLD, "vendor_unproved"),
        ({"vendor": FromVendor.SEALED}, Step.HOLD, "vendor_sealed"),
    ],
)
def test_what_becomes_of_a_mail_about_a_case(changes, step, reason):
    facts = Facts(**{"nature": Nature.PERSONAL, "vendor": FromVendor.PROVED, **changes})
    decision = decide(facts)
    assert (decision.step, decision.reason) == (step, reason)


def test_whoever_vouches_answers_for_the_sender_alone():
    """A token that we never gave, or an archived ticket, stays what it is."""
    for vendor, step in (
        (FromVendor.OTHER_SENDER, Step.VENDOR),
        (FromVendor.UNPROVED, Step.HOLD),
        (FromVendor.SEALED, Step.HOLD),
    ):
        assert decide(vouched(Facts(nature=Nature.PERSONAL, vendor=vendor))).step == step


def test_a_cases_token_and_a_persons_are_never_taken_for_each_other():
    mine, theirs = vendor_token_for(case_id=7, key=KEY), token_for(ticket_id=7, person_id=7, key=KEY)
    assert claim_in([f"help+{mine}@desk.example"], keys=[KEY]) is None
    assert vendor_claim_in([f"help+{theirs}@desk.example"], keys=[KEY]) is None
    claim = vendor_claim_in([f"<{mine.upper()}@desk.example>"], keys=[OTHER, KEY])
    assert claim is not None
    assert (claim.case_id, claim.is_genuine) == (7, True)
    moved = mine.replace("v7-", "v8-")
    assert [vendor_claim_in([text], keys=[KEY]).is_genuine for text in (moved, mine)] == [False, True]
    assert vendor_claim_in([moved, mine], keys=[KEY]).is_genuine, "the genuine one counts, wherever it stands"
