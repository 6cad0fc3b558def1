"""Debian's Dovecot on this machine, with a folder and settings of its own. Absent on most machines; then tests skip."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from time import monotonic, sleep

from imap_tools.imap_utf7 import utf7_encode

from helpdesk.env import Mailbox as Address
from tests.mailroom.imap_server import PASSWORD, STARTS_WITHIN, USER, free_port

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
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


class Dovecot:
    """One user with one folder, whose name is Chinese. `room` is how many kB it takes."""

    def __init__(self, folder: Path, certificate: Path, *, room: int = 100_000) -> None:
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        # Dovecot gives no mail to root.
        person = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        for name in ("run", "mail", "home"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            os.chown(folder / name, person.pw_uid, person.pw_gid)
        text = SETTINGS.format(
            folder=folder,
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
        self._settings = folder / "dovecot.conf"
        self._settings.write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert PROGRAM is not None
        self._process = subprocess.Popen([PROGRAM, "-F", "-c", str(self._settings)], start_new_session=True)
        until = monotonic() + STARTS_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                assert monotonic() < until, "Dovecot does not start"
                sleep(0.05)
        client = self.client()
        client.create(self.encoded_folder)
        client.logout()

    def stop(self) -> None:
        """Kill it with all its processes: open connections end in the middle."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)
            self._process = None

    @property
    def encoded_folder(self) -> str:
        return utf7_encode(FOLDER).decode()

    def address(self, security: str = "none") -> Address:
        port = self.tls_port if security == "tls" else self.port
        return Address("127.0.0.1", port, security, USER, PASSWORD, FOLDER)

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        return client

    def put(self, *mails: bytes) -> None:
        client = self.client()
        for mail in mails:
            status, answer = client.append(self.encoded_folder, "", imaplib.Time2Internaldate(0), mail)
            assert status == "OK", answer
        client.logout()

    def unseen(self) -> int:
        client = self.client()
        client.select(self.encoded_folder, readonly=True)
        _status, data = client.search(None, "UNSEEN")
        client.logout()
        return len(data[0].split())
