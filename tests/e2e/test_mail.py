"""Mail in the browser: what waits for a decision, and answering a solution by the link in the mail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site, wait_until
from tests.e2e.test_screens import LANGUAGES, WIDTHS, check_screen, serious_faults

pytestmark = pytest.mark.e2e

LETTER = """From: {sender}
To: help@localhost
Subject: {subject}
Message-ID: <{id}@corp.example>
Date: Tue, 24 Nov 2026 10:00:00 +0800
Content-Type: text/html; charset=utf-8

<p>Please <b>look</b> at this: <a href="https://corp.example/">a page</a></p>
"""


def bring_in(site: Site, sender: str, subject: str, name: str) -> dict[str, str]:
    answer = site.manage("ingest_mail", given=LETTER.format(sender=sender, subject=subject, id=name))
    found: dict[str, str] = json.loads(answer.splitlines()[-1])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_mails_that_wait_fit_are_accessible_and_are_decided(
    site: Site, open_as: Callable[..., Page], width: int, language: str
) -> None:
    subject = f"Held {width} {language}"
    assert bring_in(site, "Lead <lead@example.com>", subject, f"{width}{language}")["outcome"] == "held"
    problems: list[str] = []
    page = open_as("lead", width=width, language=language, theme="dark" if width > 600 else "light")
    check_screen(page, "/desk/mail/", problems)
    check_screen(page, "/desk/mail/?show=all", problems)
    page.goto("/desk/mail/")
    page.get_by_role("link", name=subject).click()
    check_screen(page, page.url, problems)
    page.locator("details:has(iframe) summary").click()
    frame = page.frame_locator("iframe")
    assert frame.locator("b").inner_text() == "look"
    page.locator("form[action$='/accept/'] button").click()
    page.wait_for_url(re.compile(r"/desk/tickets/"))
    assert subject in page.content()
    assert problems == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_mailboxes_are_set_up_and_tried(open_as: Callable[..., Page], language: str) -> None:
    problems: list[str] = []
    page = open_as("admin", width=1440, language=language, theme="light")
    for path in ("/admin/tickets/mailbox/", "/admin/tickets/mailbox/add/"):
        check_screen(page, path, problems)
    page.fill("[name=name]", f"IT {language}")
    page.fill("[name=address]", f"it-{language.lower()}@desk.example")
    page.fill("[name=host]", "127.0.0.1")
    page.fill("[name=port]", "9")
    page.fill("[name=username]", "it")
    page.fill("[name=password]", "CANARY-secret")
    page.locator("[name=_continue]").click()
    check_screen(page, page.url, problems)
    assert "CANARY-secret" not in page.content()
    page.locator("form[action$='/test/'] button").click()
    page.wait_for_selector(".messagelist .error")
    assert problems == []


def test_a_solution_is_confirmed_by_the_link_in_the_mail(site: Site, open_as: Callable[..., Page]) -> None:
    sender = "mei@partner.example"
    number = bring_in(site, f"Mei <{sender}>", "Printer jams", "printer")["ticket"]
    agent = open_as("lead", width=1440, language="en", theme="light")
    agent.goto(f"/desk/tickets/{number}/do/resolve/")
    for name, index in (("category", 1), ("impact", 1), ("urgency", 1), ("outcome", 1)):
        agent.locator(f"main select[name={name}]").select_option(index=index)
    for name in ("cause", "solution", "advice", "verification"):
        agent.fill(f"main [name={name}]", f"{name}: the roller was worn out.")
    agent.locator("main form:has([name=cause]) button[type=submit]").first.click()
    agent.wait_for_url(re.compile(rf"/desk/tickets/{number}/"))

    def link() -> str:
        found = [re.search(r"https?://[^\s/]+(/tickets/answer/\S+)", mail) for mail in site.mails() if sender in mail]
        return next((match[1] for match in found if match), "")

    wait_until(lambda: bool(link()), 60, "the mail with the solution")
    page = open_as(None, width=390, language="en", theme="light")
    problems: list[str] = []
    check_screen(page, link(), problems)
    page.locator("button[value=no]").click()
    page.wait_for_selector("[role=alert]")
    problems += serious_faults(page)
    page.locator("button[value=yes]").click()
    page.wait_for_selector("h1")
    problems += serious_faults(page)
    page.goto(link())
    assert page.locator("button[value=yes]").count() == 0
    assert problems == []
