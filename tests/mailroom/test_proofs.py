"""Tokens, what mail servers say about senders, and telling copies of one mail."""

from __future__ import annotations

import pytest

from tests.mailroom.letters import letter
from tickets.intake.authentication import Verdict, verdict_of
from tickets.intake.fingerprint import fingerprint
from tickets.intake.reading import read
from tickets.intake.tokens import claim_in, token_for

KEY, OLD_KEY = b"k" * 32, b"o" * 32


def test_a_token_tells_ticket_and_person() -> None:
    claim = claim_in([f"<help+{token_for(ticket_id=10482, person_id=7, key=KEY)}@desk.example>"], keys=[KEY])
    assert claim is not None and (claim.ticket_id, claim.person_id, claim.is_genuine) == (10482, 7, True)


def test_a_token_survives_capitals_and_a_change_of_keys() -> None:
    token = token_for(ticket_id=1, person_id=2, key=OLD_KEY).upper()
    claim = claim_in([token], keys=[KEY, OLD_KEY])
    assert claim is not None and claim.is_genuine


def test_a_changed_token_proves_nothing() -> None:
    token = token_for(ticket_id=10482, person_id=7, key=KEY)
    for forged in (
        token.replace("-7-", "-8-"),
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token_for(ticket_id=10482, person_id=7, key=b"x" * 32),
    ):
        claim = claim_in([forged], keys=[KEY])
        assert claim is not None and not claim.is_genuine


def test_a_genuine_token_is_found_behind_a_forged_one() -> None:
    forged = token_for(ticket_id=1, person_id=1, key=OLD_KEY)
    genuine = token_for(ticket_id=2, person_id=2, key=KEY)
    claim = claim_in([forged, genuine], keys=[KEY])
    assert claim is not None and claim.ticket_id == 2


def test_a_token_holds_enough_for_nobody_to_guess_and_fits_an_address() -> None:
    token = token_for(ticket_id=2**62, person_id=2**62, key=KEY)
    assert len(token.rpartition("-")[2]) * 5 >= 96
    assert len(token) + len("helpdesk+") <= 64


def verdict(*results: str, trusted: str = "mx.desk.example", sender: str = "a@corp.example") -> Verdict:
    raw = b"".join(f"Authentication-Results: {result}\r\n".encode() for result in results)
    return verdict_of(read(raw + letter(sender)).message, sender=sender, trusted=trusted)


def test_only_our_own_server_verifies() -> None:
    assert verdict("mx.desk.example; dmarc=pass header.from=corp.example") == Verdict.VERIFIED
    assert verdict("mx.desk.example 1; spf=fail; dmarc=pass (p=NONE) header.from=corp.example") == Verdict.VERIFIED
    assert verdict("mx.attacker.example; dmarc=pass header.from=corp.example") == Verdict.UNVERIFIED
    assert verdict("mx.desk.example.attacker.example; dmarc=pass") == Verdict.UNVERIFIED
    assert verdict("(mx.desk.example;) x; dmarc=pass") == Verdict.UNVERIFIED
    assert verdict() == Verdict.UNVERIFIED


def test_the_topmost_header_of_our_server_counts() -> None:
    forged = "mx.desk.example; dmarc=pass header.from=corp.example"
    assert verdict("mx.desk.example; dmarc=fail header.from=corp.example", forged) == Verdict.FAILED
    assert verdict("mx.desk.example; dmarc=none header.from=corp.example", forged) == Verdict.UNVERIFIED


def test_a_pass_for_another_domain_verifies_nobody() -> None:
    assert verdict("mx.desk.example; dmarc=pass header.from=elsewhere.example") == Verdict.UNVERIFIED


def test_without_a_trusted_server_a_failure_counts_whoever_reports_it() -> None:
    assert verdict("any.example; dmarc=fail", trusted="") == Verdict.FAILED
    assert verdict("any.example; dmarc=pass", trusted="") == Verdict.UNVERIFIED


def test_the_same_mail_by_another_way_is_the_same() -> None:
    raw = letter(Message_ID="<same@corp.example>")
    other_way = b"Received: from a by b\r\nDelivered-To: second@desk.example\r\n" + raw.replace(b"\n", b"\r\n")
    assert fingerprint(raw) == fingerprint(other_way)


def test_another_mail_that_uses_its_id_is_another() -> None:
    first = fingerprint(letter(Message_ID="<same@corp.example>"))
    second = fingerprint(letter(text="另一件事", Message_ID="<same@corp.example>"))
    assert first[0] == second[0] and first[1] != second[1]


@pytest.mark.parametrize(
    "said",
    [
        "spf=pass smtp.mailfrom=dmarc=pass@evil.example; dmarc=fail header.from=corp.example",
        'spf=pass smtp.mailfrom="x; dmarc=pass header.from=corp.example "@evil.example; dmarc=fail',
        "spf=pass (hi (you); dmarc=pass header.from=corp.example); dmarc=fail header.from=corp.example",
        r"dkim=pass (a \) ; dmarc=pass header.from=corp.example) header.d=evil.example",
        "dkim=pass (" + "a" * 500 + "; dmarc=pass header.from=corp.example) header.d=evil.example",
        "dkim=pass header.d=corp.example(.evil; dmarc=pass header.from=corp.example",
        "x-dmarc=pass header.from=corp.example",
        "spf=pass smtp.helo=dmarc=pass header.from=corp.example",
        'spf=pass reason="dmarc=pass header.from=corp.example"',
        "dmarc=pass",
        "dmarc=pass header.from=evil.example header.from=corp.example",
        "dmarc=pass header.from=corp.example; dmarc=fail header.from=corp.example",
        "spf=pass smtp.mailfrom=" + "a" * 4100 + "@evil.example; dmarc=pass header.from=corp.example",
    ],
)
def test_what_the_sender_put_into_the_results_proves_nothing(said: str) -> None:
    assert verdict(f"mx.desk.example; {said}") != Verdict.VERIFIED


def test_results_may_be_written_in_many_ways() -> None:
    for said in (
        'dmarc = pass header.from = "corp.example"',
        "spf=none (no; record) smtp.mailfrom=x; DMARC=Pass (p=none (really)) Header.From=Corp.Example",
        'dkim=pass reason="1; 2" header.d=corp.example; dmarc=pass action=none header.from=corp.example',
    ):
        assert verdict(f"mx.desk.example; {said}") == Verdict.VERIFIED, said
