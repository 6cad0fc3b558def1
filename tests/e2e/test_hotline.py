"""A call written down by keyboard alone, while the caller talks (ux 2.8 and 5, check 18)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_screens import serious_faults

pytestmark = pytest.mark.e2e


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name || document.activeElement.tagName"))


def tab_to(page: Page, name: str) -> None:
    for _step in range(30):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name} is not reached by Tab")


def number_of(page: Page) -> str:
    page.wait_for_url(re.compile(r"/desk/tickets/[^/]+/"))
    return page.url.rstrip("/").rpartition("/")[2]


def test_a_known_caller_becomes_a_ticket_by_keyboard_alone(open_as: Callable[..., Page]) -> None:
    page = open_as("agent")
    page.goto("/desk/")
    page.keyboard.press("p")
    page.wait_for_url("**/desk/call/")
    assert focused(page) == "who"
    # Typed at once with Enter behind it, before any answer can have come.
    page.keyboard.type("wangmin")
    page.keyboard.press("Enter")
    expect(page.locator("[name=subject]")).to_be_focused()
    expect(page.locator("[name=requester]:checked")).to_have_value("requester")
    expect(page.locator("#contact [name=contact_name]")).not_to_have_value("")
    page.keyboard.type("打印机卡纸")
    page.keyboard.press("Tab")
    page.keyboard.type("五楼打印机一直提示卡纸，已重启两次。", delay=20)
    page.keyboard.press("Control+Enter")
    number_of(page)
    expect(page.locator("#timeline")).to_contain_text("Incoming call")


def test_one_of_several_callers_is_chosen_with_arrows_and_their_open_ticket_gets_the_note(
    open_as: Callable[..., Page],
) -> None:
    page = open_as("agent")
    page.goto("/desk/call/")
    page.keyboard.type("wangmin", delay=10)
    page.keyboard.press("Enter")
    expect(page.locator("[name=subject]")).to_be_focused()
    page.keyboard.type("第一次来电")
    page.keyboard.press("Tab")
    page.keyboard.type("屏幕闪。")
    page.keyboard.press("Control+Enter")
    number = number_of(page)

    page.goto("/desk/call/")
    page.keyboard.type("财务", delay=10)
    expect(page.locator("#callers [name=requester]").nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    everybody = page.locator("#callers [name=requester]")
    for _step in range(everybody.count()):
        if page.locator("#callers [name=requester]:checked").get_attribute("value") == "requester":
            break
        page.keyboard.press("ArrowDown")
    expect(page.locator("#contact .about")).to_contain_text(number)
    page.keyboard.press("Tab")
    tab_to(page, "existing")
    chosen = page.locator("[name=existing]:checked")
    for _step in range(10):
        if chosen.get_attribute("value") == number:
            break
        page.keyboard.press("ArrowUp")
    expect(page.locator("[name=visibility]").first).to_be_visible()
    tab_to(page, "description")
    page.keyboard.type("又来电：外接屏也闪。")
    page.keyboard.press("Control+Enter")
    assert number_of(page) == number
    expect(page.locator("#timeline")).to_contain_text("又来电：外接屏也闪。")


def test_an_unknown_number_from_the_telephone_system_makes_a_contact(open_as: Callable[..., Page]) -> None:
    page = open_as("agent", width=390, language="zh-CN", theme="dark")
    page.goto("/desk/call/?phone=%2B8613911112222&direction=in")
    assert page.locator("[name=call_number]").input_value() == "+8613911112222"
    expect(page.locator("[name=requester]:checked")).to_have_value(":new")
    assert serious_faults(page) == []
    name = page.locator("[name=contact_name]")
    name.focus()
    page.keyboard.type("何建国")
    tab_to(page, "subject")
    page.keyboard.type("门禁卡刷不开")
    page.keyboard.press("Tab")
    page.keyboard.type("来访人员，A 座大堂。")
    page.keyboard.press("Control+Enter")
    number_of(page)
    expect(page.locator("body")).to_contain_text("何建国")


def test_the_timer_runs_until_the_call_is_over(open_as: Callable[..., Page]) -> None:
    page = open_as("agent")
    page.goto("/desk/call/?phone=6021")
    timer = page.locator("[data-call-timer]")
    expect(timer).to_have_text(re.compile(r"0:0[1-9]"), timeout=15_000)
    page.locator("[data-call-stop]").press("Enter")
    stopped = timer.text_content()
    assert page.locator("[name=call_duration]").input_value() == stopped
    page.locator("[data-call-stop]").press("Enter")
    expect(timer).not_to_have_text(str(stopped))
    assert page.locator("[name=call_duration]").input_value() == ""


def test_the_hotline_works_without_scripts(open_as: Callable[..., Page]) -> None:
    page = open_as("agent", width=390, scripts=False)
    page.goto("/desk/call/")
    page.fill("[name=who]", "wangmin")
    page.click("button[value=search]")
    expect(page.locator("[name=requester]:checked")).to_have_value("requester")
    page.fill("[name=subject]", "没有脚本")
    page.fill("[name=description]", "也能记录。")
    page.click("button[data-send]")
    number_of(page)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light")])
def test_the_sheet_fits_and_is_accessible(open_as: Callable[..., Page], width: int, theme: str, language: str) -> None:
    page = open_as("agent", width=width, language=language, theme=theme)
    for path in ("/desk/call/?phone=6021", "/desk/call/?requester=requester"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })")
        assert serious_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
