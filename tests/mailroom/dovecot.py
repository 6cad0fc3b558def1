"""Debian's Dovecot on this machine, with a folder and settings of its own. Absent on most machines; then tests skip."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from imap_tools.imap_utf7 import utf7_encode

from helpdesk.env import Mailbox as Address
from tests.mailroom.imap_server import PASSWORD, USER, Server, free_port

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
# Version 2.4 has another language for its settings.
IS_KNOWN = PROGRAM is not None and subprocess.check_output([PROGRAM, "--version"], text=True).startswith("2.3.")
FOLDER = "帮助"
SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
mail_plugins = quota
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = maildir:User quota
  quota_rule = *:storage={room}K
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


class Dovecot(Server):
    """One user with one folder, whose name is Chinese. `room` is how many kB it takes."""

    folder = utf7_encode(FOLDER).decode()

    def __init__(self, place: Path, certificate: Path, *, room: int = 100_000) -> None:
        self.port, self.tls_port = free_port(), free_port()
        # Dovecot gives no mail to root.
        person = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        for name in ("run", "mail", "home"):
            (place / name).mkdir(parents=True, exist_ok=True)
            os.chown(place / name, person.pw_uid, person.pw_gid)
        text = SETTINGS.format(
            folder=place,
            certificate=certificate,
            user=person.pw_name,
            group=grp.getgrgid(person.pw_gid).gr_name,
            uid=person.pw_uid,
            gid=person.pw_gid,
            password=PASSWORD,
            room=room,
            port=self.port,
            tls_port=self.tls_port,
        )
        self._settings = place / "dovecot.conf"
        self._settings.write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert PROGRAM is not None
        self._process = subprocess.Popen([PROGRAM, "-F", "-c", str(self._settings)], start_new_session=True)
        self.make_folder()

    def stop(self) -> None:
        """Kill it with all its processes: open connections end in the middle."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)
            self._process = None

    def address(self, security: str = "none") -> Address:
        port = self.tls_port if security == "tls" else self.port
        return Address("127.0.0.1", port, security, USER, PASSWORD, FOLDER)
