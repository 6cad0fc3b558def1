"""The whole way of one ticket through everything that is agreed: pages and mail links, both timelines, the chain, the API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assets.models import Vendor
from tests.agreements.acts import broken
from tests.api.conftest import api
from tests.cast import Cast
from tests.factories import classification, make_ticket, resolution
from tests.notifications.acts import deliver
from tests.notifications.sink import Sink, text_of
from tests.portal.reading import text_of as page_text
from tests.vendors.acts import vendor
from tickets.models import (
    ActionRequest,
    Consent,
    DiagnosisStep,
    RemoteSession,
    Survey,
    Ticket,
    TimeProposal,
    VendorCase,
    WorkWindow,
)
from tickets.services import audit

__all__ = ["api", "vendor"]
pytestmark = pytest.mark.django_db
AsUser = Callable[..., Client]
LINK = re.compile(r"https?://\S+/tickets/answer/\S+")


def typed(**later: int) -> str:
    return timezone.localtime(timezone.now() + timedelta(**later)).strftime("%Y-%m-%dT%H:%M")


def done(response: Any) -> None:
    assert response.status_code in (200, 303), response.content.decode()[-1500:]


class Journey:
    """One ticket with the people who have to do with it."""

    def __init__(self, cast: Cast, as_user: AsUser, sink: Sink, site: str) -> None:
        self.cast, self.sink, self.site = cast, sink, site
        self.agent, self.liaison, self.requester = (as_user(who) for who in (cast.agent, cast.liaison, cast.requester))
        self.stranger = Client()
        self.ticket = make_ticket(cast.requester)

    def desk(self, name: str, *args: object, **sent: object) -> None:
        done(self.agent.post(reverse(f"desk:{name}", args=args), sent))

    def command(self, name: str, **sent: object) -> None:
        self.ticket.refresh_from_db()
        values = {key: getattr(value, "pk", value) for key, value in sent.items()}
        self.desk("ticket_command", self.number, name, version=self.ticket.version, **values)

    def by_mail(self, **answer: object) -> None:
        """The requester answers by the link in the newest mail, signed in nowhere."""
        deliver()
        mail = [mail for mail in self.sink.mails if mail["To"] == self.cast.requester.email][-1]
        path = LINK.search(text_of(mail))[0].removeprefix(self.site)
        before = self.codes()
        done(self.stranger.get(path))
        assert self.codes() == before, "looking answers nothing"
        done(self.stranger.post(path, answer))
        assert self.stranger.post(path, answer).status_code in (404, 409), "a link is used once"

    def in_portal(self, kind: str, row: Any, **answer: object) -> None:
        page = self.requester.get(f"/tickets/{self.number}/").content.decode()
        url = reverse("portal:ticket_question", args=[self.number, kind, row.pk])
        assert url in page
        done(self.requester.post(url, answer))

    def codes(self) -> list[str]:
        return list(self.ticket.events.order_by("sequence").values_list("code", flat=True))

    @property
    def number(self) -> str:
        return self.ticket.number


@pytest.fixture
def journey(cast: Cast, as_user: AsUser, sink: Sink, settings: Any) -> Journey:
    return Journey(cast, as_user, sink, settings.SITE_URL)


def take_on_and_look(j: Journey) -> None:
    category = classification()
    j.command("classify", **{**category, "category": category["category"].code})
    j.command("accept")
    step = {"kind": "screening", "action": "换一个浏览器", "finding": "not_solved", "minutes": 5}
    j.desk("step_add", j.number, **step)
    j.desk("step_add", j.number, kind="change", action="替换配置文件", touches=["change_data"])


def ask_and_connect(j: Journey) -> None:
    wish = {"items": ["view_screen", "change_data"], "purpose": "看现场并替换配置", "changes": "一个配置文件"}
    more = {"data_named": "浏览器配置", "backup": "taken", "valid_for": 120, "answer_by_at": typed(hours=8)}
    j.desk("consent_ask", j.number, **wish, **more)
    j.by_mail(answer="allow", allowed=["view_screen", "change_data"])
    j.desk("session_start", j.number, scope="view_screen", tool="RustDesk", device="PC-20417")
    j.desk("session_end", RemoteSession.objects.get().pk, done="看了报错", recording="")
    planned = DiagnosisStep.objects.get(state="planned")
    j.desk("step_end", planned.pk, finding="no_effect", result="仍然白屏")
    withdrawn = reverse("portal:ticket_question", args=[j.number, "withdraw", Consent.objects.get().pk])
    done(j.requester.post(withdrawn, {"words": "先这样"}))


def agree_times(j: Journey) -> None:
    new = {"reason_code": "vendor", "words": "等厂商补丁", "meanwhile": "请用共享电脑", "proposed_at": typed(days=3)}
    j.desk("promise_new", j.number, **new)
    j.by_mail(answer="accept")
    window = {"starts_at": typed(days=1), "ends_at": typed(days=1, hours=2), "words": "重启服务"}
    j.desk("window_new", j.number, **window)
    j.in_portal("window", WorkWindow.objects.get(), answer="accept")
    j.ticket.refresh_from_db()
    assert (j.ticket.status, j.ticket.waiting_reason_id) == ("waiting", "scheduled")
    j.command("resume")
    j.desk("action_new", j.number, words="收集日志", steps="打开\n导出", answer_by_at=typed(days=2))
    j.in_portal("action", ActionRequest.objects.get(), answer="done", done=["1", "2"])
    j.ticket.refresh_from_db()
    assert j.ticket.status == "in_progress"


def ask_the_vendor(j: Journey, vendor: Vendor) -> None:
    case = {"vendor": vendor.pk, "subject": "White page", "question": "Is there a patch?", "severity": "high"}
    j.desk("vendor_case_open", j.number, **case, next_chase_at=typed(days=1))
    page = f"/desk/vendor-cases/{VendorCase.objects.get().pk}/"
    sent = {"key": "k1", "body": "Is there a patch?", "next_chase_at": typed(days=2)}
    done(j.liaison.post(page + "write/", sent))
    done(j.agent.post(page + "promise/", {"promised_at": typed(hours=6)}))
    done(j.agent.post(page + "log/", {"direction": "in", "channel": "phone", "body": "补丁今天发出"}))
    done(j.liaison.post(page + "close/", {"outcome": "solved", "words": "补丁有效"}))


def solve_and_rate(j: Journey) -> None:
    j.command("resolve", **resolution(), tested_by="王敏", tested_at=typed(minutes=-5))
    j.by_mail(answer="yes")
    j.in_portal("survey", Survey.objects.get(), answer="rate", rating="5")
    j.command("archive")


# Acts that both sides read, and in which words.
BOTH = {
    "consent_asked": "asked for permission",
    "consent_answered": "You allowed: See the screen, Change data.",
    "consent_withdrawn": "You took your permission back",
    "session_started": "connected to the device",
    "session_ended": "ended the connection",
}
DESK_ONLY = ("step_planned", "step_done", "vendor_written")


def test_every_act_in_both_timelines_the_chain_and_the_api(journey: Journey, vendor: Vendor, cast: Cast, api) -> None:
    take_on_and_look(journey)
    ask_and_connect(journey)
    agree_times(journey)
    ask_the_vendor(journey, vendor)
    solve_and_rate(journey)
    j = journey
    codes = j.codes()
    expected = {
        *BOTH,
        *DESK_ONLY,
        *("new_time_proposed", "new_time_answered", "window_proposed", "window_answered"),
        *("action_requested", "action_answered", "vendor_case_opened", "vendor_promised", "vendor_case_closed"),
        *("resolve", "confirm", "survey_answered", "archive"),
    }
    assert expected <= set(codes)
    portal = page_text(j.requester.get(f"/tickets/{j.number}/"))
    for words in BOTH.values():
        assert words in portal, words
    seen = api(cast.requester).get(f"tickets/{j.number}/events/?page_size=100").json()["results"]
    public = {event["code"] for event in seen}
    assert set(BOTH) <= public and not public & set(DESK_ONLY)
    told = api(cast.agent).get(f"tickets/{j.number}/events/?page_size=100").json()["results"]
    assert [event["code"] for event in told] == codes
    desk = j.agent.get(f"/desk/tickets/{j.number}/?tab=system&all=1").content.decode()
    for words in ("took a diagnosis step", "started a remote session", "王敏 allowed"):
        assert words in desk, words
    dossier = json.loads(j.agent.get(f"/desk/tickets/{j.number}/dossier.json").content)
    for part in (
        "steps",
        "consents",
        "sessions",
        "promises",
        "new_times",
        "windows",
        "actions",
        "vendor_cases",
        "surveys",
    ):
        assert dossier[part], part
    assert audit.verify() == []
    assert broken() == {}
    clauses = api(cast.agent).get(f"tickets/{j.number}/conformance/").json()
    states = {clause["clause"]: clause["state"] for clause in clauses["clauses"]}
    assert {states[clause] for clause in ("M3.1-6", "M3.2-1", "M3.2-3", "M3.3.1-1", "M3.3.2-2", "M3.5-1")} == {
        "followed"
    }
    assert TimeProposal.objects.get().is_accepted and Ticket.objects.get(pk=j.ticket.pk).is_archived
