"""Access tokens for mailboxes of Microsoft 365 and Google Workspace (XOAUTH2)."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

from helpdesk.common import net
from tickets.models import Mailbox
from tickets.services.mailroom.imap import Unreachable

MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
GOOGLE = "https://oauth2.googleapis.com/token"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def access_token(mailbox: Mailbox) -> str:
    """A fresh token; empty where the mailbox signs in with a password. Raises Unreachable (`sign_in`)."""
    if mailbox.is_from_settings or mailbox.credential == Mailbox.Credential.PASSWORD:
        return ""
    url, form = _question(mailbox)
    try:
        answer = net.request("POST", url, headers=FORM, content=urlencode(form).encode())
        token = json.loads(answer.body).get("access_token") if answer.is_success else None
    except (net.EgressError, ValueError, AttributeError) as error:
        raise Unreachable("sign_in", str(error)) from error
    if not isinstance(token, str) or not token:
        raise Unreachable("sign_in", f"the token service answered {answer.status}")
    return token


def _question(mailbox: Mailbox) -> tuple[str, dict[str, str]]:
    """Microsoft's application sign-in needs no person; with a refresh token both act for the one who gave it."""
    form = {"client_id": mailbox.oauth_client_id, "client_secret": mailbox.oauth_client_secret}
    if mailbox.oauth_refresh_token:
        form |= {"grant_type": "refresh_token", "refresh_token": mailbox.oauth_refresh_token}
    else:
        form |= {"grant_type": "client_credentials", "scope": "https://outlook.office365.com/.default"}
    if mailbox.credential == Mailbox.Credential.MICROSOFT:
        return MICROSOFT.format(tenant=quote(mailbox.oauth_tenant or "organizations", safe="")), form
    return GOOGLE, form
