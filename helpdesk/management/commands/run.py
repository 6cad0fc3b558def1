"""`manage.py run`: bring everything up to date, then run web, worker and beat in the foreground (`make run`)."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from helpdesk import catalogues
from helpdesk.env import text
from helpdesk.startup import DEMO_PASSWORD, DEMO_USERNAMES, pending_migrations, refuse_unfit


class Command(BaseCommand):
    help = "Migrate, compile translations, collect static files, seed an empty database, then run all processes."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if pending_migrations():
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        catalogues.compile_all(settings.BASE_DIR)
        self._collect_static_files()
        refuse_unfit(serves_pages=True)
        os.environ["HELPDESK_STARTUP_CHECKED"] = "1"
        people = get_user_model()._default_manager
        if not settings.IS_PRODUCTION and not people.exists():
            self.stdout.write("Filling the empty database with demo data …")
            call_command("seed_demo", verbosity=0)
        self._greet(list(people.filter(username__in=DEMO_USERNAMES, is_active=True).values_list("username", flat=True)))
        connections.close_all()
        # honcho gives each process a PORT of its own; the links in mails must name the web process.
        if not text("SITE_URL"):
            os.environ["SITE_URL"] = settings.SITE_URL
        os.environ["PORT"] = str(settings.PORT)
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        # Output of the processes comes through a pipe, which Python would fill before it shows anything.
        os.environ["PYTHONUNBUFFERED"] = "1"
        os.chdir(settings.BASE_DIR)
        arguments = [sys.executable, "-m", "honcho", "start", "--env", os.devnull, "--port", str(settings.PORT)]
        os.execv(sys.executable, arguments)

    def _collect_static_files(self) -> None:
        """Collecting and compressing takes seconds, so only when a source file has changed.

        Of two desks that start from one checkout the second waits: half collected, pages have no style sheets.
        """
        stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
        fingerprint = _static_fingerprint()
        with open(settings.BASE_DIR / "manage.py", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint:
                return
            call_command("collectstatic", verbosity=0, interactive=False, clear=True, skip_checks=True)
            stamp.write_text(fingerprint, encoding="ascii")

    def _greet(self, demo_users: list[str]) -> None:
        lines = ["", f"  The help desk runs at {settings.SITE_URL}", f"  Its data lives in {settings.DATA_DIR}"]
        if demo_users:
            names = ", ".join(name for name in DEMO_USERNAMES if name in demo_users)
            password = "from DEMO_PASSWORD" if os.environ.get("DEMO_PASSWORD") else DEMO_PASSWORD
            lines += [f"  Demo sign-ins: {names}", f"  Password of all: {password}"]
        lines += ["  Ctrl-C stops it.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _static_fingerprint() -> str:
    """Changes when any static source file is added, removed or edited."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = os.stat(storage.path(name))
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
