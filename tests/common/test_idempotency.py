"""An act under one key is carried out once, in a row or at the same time."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, Unprocessable
from helpdesk.common.idempotency import Answer, fingerprint, once
from helpdesk.common.models import IdempotencyKey
from tests.factories import UserFactory


def act_once(user: User, done: list[int], *, key: str = "k", body: str = "b") -> Answer:
    def act() -> tuple[int, Any]:
        done.append(1)
        return 201, {"n": len(done)}

    return once(user_id=user.pk, key=key, request_hash=fingerprint({"body": body}), at=timezone.now(), act=act)


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer() -> None:
    user, done = UserFactory(), []
    first, second = act_once(user, done), act_once(user, done)
    assert (first.status, first.body, first.is_replay) == (201, {"n": 1}, False)
    assert (second.status, second.body, second.is_replay) == (201, {"n": 1}, True)
    assert len(done) == 1


@pytest.mark.django_db
def test_a_key_belongs_to_one_person_and_one_request() -> None:
    user, done = UserFactory(), []
    act_once(user, done)
    act_once(UserFactory(), done)
    act_once(user, done, key="other")
    assert len(done) == 3
    with pytest.raises(Unprocessable):
        act_once(user, done, body="another")
    assert len(done) == 3


@pytest.mark.django_db
def test_a_failed_act_leaves_its_key_unused() -> None:
    user, done = UserFactory(), []

    def refuse() -> tuple[int, Any]:
        raise InvalidInput

    with pytest.raises(InvalidInput):
        once(user_id=user.pk, key="k", request_hash=fingerprint({"body": "b"}), at=timezone.now(), act=refuse)
    assert not IdempotencyKey.objects.exists()
    assert act_once(user, done).is_replay is False


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_it_once_and_all_get_the_same_answer() -> None:
    user, done = UserFactory(), []
    barrier, answers = threading.Barrier(6), []

    def press() -> None:
        try:
            barrier.wait()
            answers.append(act_once(user, done))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert [answer.body for answer in answers] == [{"n": 1}] * 6
