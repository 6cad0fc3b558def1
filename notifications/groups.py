"""Topics in groups that a person can choose about, and which of them nobody can refuse.

Mandatory is what the process needs an answer to, or what it owes: the receipt (M3.1-6), questions (M3.3.1-2, M3.3.2-2),
the solution and its reminders (M3.5-1, M3.5-3), and on the desk whatever somebody in particular must see to now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.models import OutboxMessage
from notifications import agreement_topics, article_topics, asset_topics, secrecy_topics, topics
from tickets.services.notices import RECEIPTS

Channel = OutboxMessage.Channel


@dataclass(frozen=True)
class Group:
    code: str
    title: str | Promise
    about: str | Promise
    topics: frozenset[str]
    is_mandatory: bool = False
    is_for_desk: bool = False


GROUPS = (
    Group(
        "answers",
        _("Receipts and questions to you"),
        _("Your ticket was received, we need something from you, a solution waits for your confirmation."),
        frozenset(RECEIPTS)
        | {"action_needed", "resolved", "reminder"}
        | frozenset(agreement_topics.FROM_DESK)
        | {asset_topics.Topic.RECEIPT_ASKED, asset_topics.Topic.RETURN_ASKED},
        is_mandatory=True,
    ),
    Group("messages", _("Messages"), _("Somebody wrote on a ticket of yours."), frozenset({"reply"})),
    Group(
        "progress",
        _("Progress"),
        _("A ticket was taken on, handed on or closed."),
        frozenset({"accepted", "passed_on", "closed"}),
    ),
    Group(
        "incidents",
        _("Known problems"),
        _("News of a major incident that a ticket of yours belongs to."),
        frozenset({"incident_update"}),
    ),
    Group(
        "urgent",
        _("What you must see to now"),
        _("Tickets you must answer for, missed times, major and security incidents, emergency accesses, lost mails."),
        frozenset(
            {
                "escalation_offered",
                "escalation_returned",
                "escalation_climbed",
                "escalation_left",
                "package_incomplete",
                "target_missed",
                "update_overdue",
                "incident_declared",
                "incident_update_overdue",
                "mail_bounced",
                "consent_withdrawn",
                "promise_passed",
                *secrecy_topics.ON_CHECKLIST,
                *secrecy_topics.OF_GLASS,
                "vendor_chase_due",
                "vendor_mail_returned",
            }
        ),
        is_mandatory=True,
        is_for_desk=True,
    ),
    Group(
        "work",
        _("New work"),
        _("A ticket was assigned to you or your team, is open again, or you were named as its reader."),
        frozenset({"assigned", "reopened", "low_rating", "reader_named"}),
        is_for_desk=True,
    ),
    Group(
        "agreements",
        _("Answers of requesters"),
        _("What requesters answered to your questions, and which ones they left unanswered."),
        frozenset({"consent_answered", "consent_lapsed"})
        | {"new_time_answered", "new_time_lapsed", "window_answered", "window_lapsed"}
        | {"action_answered", "action_lapsed"},
        is_for_desk=True,
    ),
    Group(
        "deadlines",
        _("Times that come near"),
        _("A promised time is due soon."),
        frozenset({"target_near"}),
        is_for_desk=True,
    ),
    Group(
        "tasks",
        _("Tasks and standing in"),
        _("Tasks for your team, what came of yours, and for whom you stand in."),
        topics.ABOUT_TASKS | frozenset(topics.OF_ABSENCES),
        is_for_desk=True,
    ),
    Group(
        "handovers",
        _("News of escalations"),
        _("A ticket has come to a higher level, was taken over, or its hand-over is complete."),
        frozenset({"escalation_told", "escalation_accepted", "package_completed"}),
        is_for_desk=True,
    ),
    Group(
        "vendors",
        _("Vendors"),
        _("Cases with your vendors, their answers, and what came of them."),
        frozenset({"vendor_case_opened", "vendor_answered", "vendor_case_closed"}),
        is_for_desk=True,
    ),
    Group(
        "loans",
        _("What you have borrowed"),
        _("A loan was extended or is overdue, or something no longer stands in your name."),
        asset_topics.LOAN_TOPICS | {asset_topics.Topic.RELEASED},
    ),
    Group(
        "register",
        _("Assets and licences"),
        _("Somebody contradicts a hand-out or return, or a licence ends soon."),
        frozenset({asset_topics.Topic.DECLINED, asset_topics.Topic.LICENCE_EXPIRES}),
        is_for_desk=True,
    ),
    Group(
        "articles",
        _("Articles"),
        _("Articles that wait for your review, were sent back or published, or are due to be checked."),
        frozenset(article_topics.OF_ARTICLES),
        is_for_desk=True,
    ),
)
BY_CODE = {group.code: group for group in GROUPS}
_BY_TOPIC = {topic: group for group in GROUPS for topic in group.topics}
# What goes out in quiet hours, too: the person has just written to us, or something can't wait until the morning.
BREAKS_QUIET = frozenset(RECEIPTS) | BY_CODE["urgent"].topics
# Mails of one ticket that may wait a little for each other and become one.
GATHERED = frozenset({"reply", "passed_on"}) | topics.ABOUT_TASKS


def group_of(topic: str) -> Group | None:
    """The group of a topic; None for one that nobody can choose about."""
    return _BY_TOPIC.get(topic)


def is_mandatory(topic: str) -> bool:
    group = group_of(topic)
    return group is not None and group.is_mandatory


def groups_for(person: User) -> Iterable[Group]:
    """What this person can be told of."""
    works = person.can(Ability.USE_DESK)
    return [group for group in GROUPS if works or not group.is_for_desk]
