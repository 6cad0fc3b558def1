"""Many at once, with real threads and connections. SQLite has one writer, so there is nothing to race there."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import agent_in, bring_to, make_ticket
from tickets.models import Ticket
from tickets.services.audit import verify

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres_only,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
    ),
]
NEW = {"subject": "白屏", "description": "整个页面都是白的。"}
THREADS = 20


def all_at_once(acts: Iterable[Callable[[], object]]) -> list[object]:
    """Run every act in a thread of its own, `THREADS` at a time, the first ones released together."""
    acts = list(acts)
    barrier = threading.Barrier(min(THREADS, len(acts)))
    waiting = threading.Semaphore(barrier.parties)

    def run(act: Callable[[], object]) -> object:
        try:
            if waiting.acquire(blocking=False):
                barrier.wait(30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return list(pool.map(run, acts))


def test_two_hundred_parallel_creations_get_two_hundred_numbers_without_a_gap(cast, api):
    callers = [api(person) for person in (cast.requester, cast.requester2, cast.agent, cast.lead)]

    def create(caller):
        return lambda: caller.post("tickets/", NEW)

    answers = all_at_once(create(callers[index % 4]) for index in range(200))
    assert Counter(answer.status_code for answer in answers) == {201: 200}
    numbers = sorted(int(answer.json()["number"]) for answer in answers)
    assert numbers == list(range(numbers[0], numbers[0] + 200))
    assert Ticket.objects.count() == 200
    assert verify() == []


def test_of_four_commands_on_one_version_one_wins(cast, api):
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    for _ in range(5):
        ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
        agent, requester = api(cast.agent), api(cast.requester)
        commands = [
            (agent, {"command": "assign", "assignee": "lead"}),
            (agent, {"command": "wait", "waiting_reason": "user", "next_action_at": tomorrow}),
            (agent, {"command": "withdraw", "reason": "x"}),
            (requester, {"command": "withdraw", "reason": "y"}),
        ]
        path = f"tickets/{ticket.number}/transitions/"

        def give(caller, body, path=path, version=ticket.version):
            return lambda: caller.post(path, {**body, "version": version})

        answers = all_at_once(give(caller, body) for caller, body in commands)
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 3}
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"stale_version"}
        before = ticket.version
        ticket.refresh_from_db()
        assert ticket.version == before + 1
        assert ticket.events.count() == ticket.history.count() == ticket.version
    assert verify() == []


def test_of_twenty_agents_who_accept_one_ticket_one_has_it(cast, api):
    ticket = bring_to(make_ticket(cast.requester), "classified", cast.agent)
    Ticket.objects.filter(pk=ticket.pk).update(team=cast.first_line)
    agents = [agent_in(cast.first_line) for _ in range(20)]
    callers = [api(agent) for agent in agents]
    path, body = f"tickets/{ticket.number}/transitions/", {"command": "accept", "version": ticket.version}
    answers = all_at_once((lambda caller=caller: caller.post(path, body)) for caller in callers)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    winner = next(index for index, answer in enumerate(answers) if answer.status_code == 200)
    ticket.refresh_from_db()
    assert ticket.assignee == ticket.accepted_by == agents[winner]
    assert ticket.events.filter(code="accept").count() == 1


def test_twenty_requests_under_one_key_make_one_ticket(cast, api):
    caller = api(cast.requester)
    answers = all_at_once(lambda: caller.post("tickets/", NEW, Idempotency_Key="same") for _ in range(20))
    assert Counter(answer.status_code for answer in answers) == {201: 20}
    assert len({answer.content for answer in answers}) == 1
    assert Counter(answer.get("Idempotency-Replayed") for answer in answers) == {None: 1, "true": 19}
    assert Ticket.objects.count() == 1


def test_twenty_messages_at_once_are_all_kept_in_one_chain(cast, api):
    ticket = make_ticket(cast.requester)
    caller = api(cast.requester)
    path = f"tickets/{ticket.number}/messages/"
    answers = all_at_once((lambda text=f"第{n}条": caller.post(path, {"body": text})) for n in range(20))
    assert Counter(answer.status_code for answer in answers) == {201: 20}
    ticket.refresh_from_db()
    assert (ticket.version, ticket.messages.count()) == (21, 20)
    assert verify() == []
