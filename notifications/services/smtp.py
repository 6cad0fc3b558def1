"""Handing a mail over, and knowing afterwards whether it was taken, refused, or left without an answer."""

from __future__ import annotations

import re
import smtplib
from types import TracebackType

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from notifications.services.outcomes import ChannelDown, Refused, Unanswered, Undelivered

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
TAKEN = 250


class MailTransport:
    """One connection for the mails of one run, opened with the first mail and again after a failure.

    Other backends than SMTP (files, the tests' memory) are handed each mail by itself.
    """

    def __init__(self) -> None:
        self._backend: EmailBackend | None = None

    def __enter__(self) -> MailTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, message: EmailMultiAlternatives) -> None:
        """Returns when the mail was taken. Raises ChannelDown, Undelivered, Refused or Unanswered."""
        if self._backend is None:
            backend = get_connection()
            if not isinstance(backend, EmailBackend):
                _write(backend, message)
                return
            self._backend = backend
        try:
            _hand_over(self._open(self._backend), message)
        except Undelivered:
            self._hang_up()
            raise

    @staticmethod
    def _open(backend: EmailBackend) -> smtplib.SMTP:
        try:
            backend.open()
            connection = backend.connection
            assert connection is not None, "open() connects or raises"
            connection.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDown(_in_words(error)) from error
        return connection

    def _hang_up(self) -> None:
        if self._backend is None:
            return
        try:
            self._backend.close()
        except (OSError, smtplib.SMTPException):
            pass  # The other side is gone already.
        self._backend = None


def _write(backend: object, message: EmailMultiAlternatives) -> None:
    try:
        backend.send_messages([message])  # type: ignore[attr-defined]
    except OSError as error:
        raise ChannelDown(_in_words(error)) from error


def _hand_over(connection: smtplib.SMTP, message: EmailMultiAlternatives) -> None:
    """The mail's three steps of SMTP. Only after the last one is a silence ambiguous (K21)."""
    encoding = message.encoding or "utf-8"
    try:
        sender = sanitize_address(message.from_email, encoding)
        recipient = sanitize_address(message.to[0], encoding)
        content = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    except ValueError as error:
        raise Refused(_in_words(error)) from error
    try:
        code, answer = connection.mail(_bare(sender))
        if code != TAKEN:
            raise ChannelDown(_answer(code, answer))
        code, answer = connection.rcpt(_bare(recipient))
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelDown(_in_words(error)) from error
    if code not in (TAKEN, 251):
        raise _refusal(code, answer)
    try:
        code, answer = connection.data(content)
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except Exception as error:
        # Also the worker's own time limit: from here on the mail may be out.
        raise Unanswered(_in_words(error)) from error
    if code != TAKEN:
        raise _refusal(code, answer)


def _bare(address: str) -> str:
    return address.rpartition("<")[2].rstrip(">")


def _refusal(code: int, answer: bytes | str) -> Undelivered:
    return (Refused if code >= 500 else Undelivered)(_answer(code, answer))


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {_CONTROL.sub(' ', text)}"


def _in_words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {_CONTROL.sub(' ', str(error))}"
