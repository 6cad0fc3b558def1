"""A real desk for the browser: `manage.py run` in a folder of its own, with worker, beat and demo data."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "helpdesk-demo"
START_SECONDS = 180


@dataclass
class Site:
    """A running desk: its address and its data folder."""

    url: str
    data_dir: Path

    def mails(self) -> list[str]:
        """The mails the worker has sent so far."""
        return [path.read_text(errors="replace") for path in sorted((self.data_dir / "mail").glob("*"))]

    def manage(self, *arguments: str, given: str = "") -> str:
        """Run a management command beside the running desk, with this on its input; its output."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(self), input=given, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr


def environment(site: Site) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    port = site.url.rpartition(":")[2]
    return {**kept, "DATA_DIR": str(site.data_dir), "PORT": port, "ALLOW_TEST_CLOCK": "1", "LOG_LEVEL": "WARNING"}


def wait_until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until it is so, or fail naming what did not happen."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.2)


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The desk, started as a newcomer would start it, ready when /readyz says so."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("desk")
    desk = Site(f"http://127.0.0.1:{port}", folder / "var")
    with open(folder / "log.txt", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=environment(desk),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_until(lambda: is_ready(desk.url) or process.poll() is not None, START_SECONDS, "the start")
            if process.poll() is not None:
                pytest.fail(f"the desk did not start:\n{(folder / 'log.txt').read_text()}")
            yield desk
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium is installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def signed_in(site: Site, browser: Browser) -> Callable[[str], dict[str, object]]:
    """The cookies of a demo person, signing in once per session."""
    kept: dict[str, dict[str, object]] = {}

    def state(username: str) -> dict[str, object]:
        if username not in kept:
            context = browser.new_context(base_url=site.url)
            page = context.new_page()
            page.goto("/accounts/login/")
            page.fill("[name=login]", username)
            page.fill("[name=password]", PASSWORD)
            page.locator("form:has([name=password]) button[type=submit]").last.click()
            page.wait_for_url(lambda url: "/accounts/" not in url)
            kept[username] = context.storage_state()
            context.close()
        return kept[username]

    return state


@pytest.fixture
def open_as(
    site: Site, browser: Browser, signed_in: Callable[[str], dict[str, object]]
) -> Iterator[Callable[..., Page]]:
    """Open the desk as somebody: `open_as("agent", width=390, language="zh-Hans", theme="dark", scripts=False)`."""
    contexts: list[BrowserContext] = []

    def opened(
        username: str | None, *, width: int = 1440, language: str = "en", theme: str = "light", scripts: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": 900 if width > 600 else 844},
            locale=language,
            color_scheme=theme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            storage_state=signed_in(username) if username else None,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield opened
    for context in contexts:
        context.close()
