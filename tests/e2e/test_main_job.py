"""One request through the real desk: browser, server, worker, mail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, wait_until

pytestmark = pytest.mark.e2e
# The words that lead through the main job, by the browser's language.
WORDS = {
    "en": {
        "send": "Send the report",
        "acknowledge": "Acknowledge",
        "diagnosing": "Diagnosing",
        "reply": "Send to",
        "to confirm": "Awaiting confirmation",
        "fixed": "Yes, fixed",
        "closed": "Closed",
        "archive": "Archive",
    },
    "zh-CN": {
        "send": "提交",
        "acknowledge": "受理",
        "diagnosing": "诊断中",
        "reply": "发送给",
        "to confirm": "待用户确认",
        "fixed": "已解决，谢谢",
        "closed": "已关闭",
        "archive": "归档",
    },
}


def submit(page: Page, subject: str, file: Path, language: str) -> str:
    """Report a problem with a file; the number it got."""
    page.goto("/tickets/new/")
    page.fill("[name=subject]", subject)
    page.fill("[name=description]", "The page stays white after sign-in.")
    page.locator("[name=impact][value=department]").check()
    page.locator("[name=urgency][value=blocked]").check()
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_role("button", name=WORDS[language]["send"], exact=True).click()
    page.wait_for_url("**/submitted/")
    return page.url.rstrip("/").split("/")[-2]


@pytest.fixture
def screenshot(tmp_path: Path) -> Path:
    file = tmp_path / "what I saw.txt"
    file.write_text("ReferenceError: ledgerCfg is not defined\n")
    return file


@pytest.mark.parametrize(
    ("language", "scripts"),
    [("en", True), ("en", False), ("zh-CN", True)],
    ids=["with scripts", "without scripts", "in Chinese"],
)
def test_a_request_goes_from_submission_to_archive(
    site: Site, open_as: Callable[..., Page], screenshot: Path, language: str, scripts: bool
) -> None:
    words = WORDS[language]
    subject = f"Finance page is white ({language}, {'with' if scripts else 'without'} scripts)"
    requester = open_as("requester", language=language, scripts=scripts)
    number = submit(requester, subject, screenshot, language)
    agent = open_as("agent", language=language, scripts=scripts)
    do = f"/desk/tickets/{number}/do"

    agent.goto(f"{do}/classify/")
    agent.select_option("[name=category]", "business_finance")
    agent.select_option("[name=impact]", "department")
    agent.select_option("[name=urgency]", "blocked")
    agent.locator("main form:has([name=category]) button[type=submit]").first.click()
    agent.wait_for_url(f"**/desk/tickets/{number}/**")
    agent.goto(f"/desk/tickets/{number}/")
    expect(agent.get_by_text(screenshot.name).first).to_be_visible()
    agent.get_by_role("button", name=words["acknowledge"]).first.click()
    expect(agent.get_by_text(words["diagnosing"]).first).to_be_visible()

    agent.goto(f"/desk/tickets/{number}/?mode=reply")
    agent.locator("textarea[name=body]:visible").fill("I am looking at it.")
    agent.get_by_role("button", name=words["reply"]).first.click()
    expect(agent.get_by_text("I am looking at it.").first).to_be_visible()

    agent.goto(f"{do}/resolve/")
    agent.select_option("[name=outcome]", "solved")
    for name in ("cause", "solution", "advice", "verification"):
        agent.fill(f"[name={name}]", f"The {name} in a sentence.")
    agent.locator("main form:has([name=cause]) button[type=submit]").first.click()
    agent.goto(f"/desk/tickets/{number}/")
    expect(agent.get_by_text(words["to confirm"]).first).to_be_visible()

    requester.goto(f"/tickets/{number}/")
    expect(requester.get_by_text("The solution in a sentence.").first).to_be_visible()
    expect(requester.get_by_text("The verification in a sentence.")).to_have_count(0)
    requester.get_by_role("button", name=words["fixed"]).click()
    requester.goto(f"/tickets/{number}/")
    expect(requester.get_by_text(words["closed"]).first).to_be_visible()

    agent.goto(f"/desk/tickets/{number}/")
    agent.get_by_role("button", name=words["archive"]).first.click()
    agent.goto(f"/desk/tickets/{number}/")
    expect(agent.locator("textarea[name=body]")).to_have_count(0)

    def mails_about_it() -> int:
        return sum(number in mail for mail in site.mails())

    # received, accepted, reply and resolved to the requester; closed to the agent.
    wait_until(lambda: mails_about_it() >= 5, 60, "sending the five mails")
    assert '"ok": true' in site.manage("invariants", "--json")


def test_an_invalid_report_keeps_what_was_typed_and_attached(open_as: Callable[..., Page], screenshot: Path) -> None:
    page = open_as("requester", language="en", scripts=False)
    page.goto("/tickets/new/")
    page.fill("[name=description]", "Only a description")
    page.locator("input[type=file]").first.set_input_files(screenshot)
    page.get_by_role("button", name="Send the report").click()
    assert page.title().startswith("Error")
    assert page.input_value("[name=description]") == "Only a description"
    expect(page.get_by_text(screenshot.name)).to_be_visible()


def test_a_draft_survives_a_reload(open_as: Callable[..., Page]) -> None:
    page = open_as("agent2", language="en")
    page.goto("/desk/?status=workable&assignee=me")
    ticket = page.locator("main a[href^='/desk/tickets/']").first.get_attribute("href")
    page.goto(f"{str(ticket).partition('?')[0]}?mode=note")
    with page.expect_response(lambda answer: "/draft/" in answer.url and answer.ok):
        page.locator("textarea[name=body]:visible").press_sequentially("half a thought")
    page.reload()
    assert page.locator("textarea[name=body]:visible").input_value() == "half a thought"


def test_internal_notes_never_reach_the_requester(site: Site, open_as: Callable[..., Page]) -> None:
    page = open_as("requester", language="en")
    for path in ("/", "/tickets/", "/notifications/", "/tickets/?q=CANARY"):
        page.goto(path)
        assert "CANARY-INTERNAL" not in page.content(), path
    assert not any("CANARY-INTERNAL" in mail for mail in site.mails())
