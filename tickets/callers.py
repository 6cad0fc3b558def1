"""Who is on the phone: people by whatever they say first, and whether they are already waiting for us (ux 2.8)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from operator import and_

from django.db.models import Count, Q

from assets.models import Asset
from helpdesk.accounts.models import User
from helpdesk.accounts.models.user import UserQuerySet
from helpdesk.accounts.people import fits, spelled
from helpdesk.accounts.person_keys import SHORTEST_NUMBER, extensions_in, typed_number, typed_sound
from helpdesk.common.text import clean_text
from tickets.asset_lookup import assets_called
from tickets.models import IncidentLink, MajorIncident, PhoneCall, Ticket
from tickets.search import search_tickets

SHOWN = 8
LONGEST = 200
OPEN_SHOWN = 5
INCIDENTS_SHOWN = 3


def find_callers(viewer: User, text: str) -> list[User]:
    """At most eight people, each with `open_tickets`, whom the text fits.

    A number is compared from its end, however it is written. Words are names, their sound or initials (`lq` → 李强), user
    names, e-mail addresses and departments; what fits nobody may still be the device of somebody's earlier ticket.
    """
    wanted = spelled(clean_text(text, field="who", max_length=LONGEST, multiline=False))
    if not wanted:
        return []
    people = User.objects.visible_to(viewer).active()
    found = _by_number(viewer, people, wanted) or _by_words(people, wanted) or _by_device(viewer, wanted)
    return _described(people, found[:SHOWN], viewer)


def _described(people: UserQuerySet, found: list[int], viewer: User) -> list[User]:
    """These people in this order, with their department and how many open tickets they have."""
    visible = Q(requested_tickets__in=Ticket.objects.visible_to(viewer).open())
    rows = (
        people.filter(pk__in=found)
        .select_related("department")
        .annotate(open_tickets=Count("requested_tickets", filter=visible))
    )
    return sorted(rows, key=lambda person: found.index(person.pk))


def _first(people: UserQuerySet, condition: Q) -> list[int]:
    return list(people.filter(condition).order_by("full_name", "pk").values_list("pk", flat=True)[:SHOWN])


def _by_number(viewer: User, people: UserQuerySet, wanted: str) -> list[int]:
    """Whose number this is; else whose number ends so; else whose extension stands at its end; else who rang from it."""
    typed = typed_number(wanted)
    if not typed:
        return []
    exactly = Q(phone_key=typed) | Q(phone_key__startswith=f"{typed} ")
    return (
        _first(people, exactly)
        or _first(people, Q(phone_key__startswith=typed) | Q(phone_key__contains=f" {typed}"))
        or _first(people, Q(phone_key__in=extensions_in(typed)))
        or _by_earlier_calls(viewer, people, typed)
    )


def _by_earlier_calls(viewer: User, people: UserQuerySet, typed: str) -> list[int]:
    calls = PhoneCall.objects.visible_to(viewer).filter(number_key=typed)
    return _first(people, Q(pk__in=calls.values("caller")))


def _by_words(people: UserQuerySet, wanted: str) -> list[int]:
    """By the beginning of the sound first, which the index answers alone when many fit."""
    sound = typed_sound(wanted)
    found = _first(people, Q(name_sound__startswith=sound) | Q(name_initials__startswith=sound)) if sound else []
    if len(found) < SHOWN:
        found += [pk for pk in _first(people, fits(wanted)) if pk not in found]
    words = wanted.split()
    if not found and len(words) > 1:
        found = _first(people, reduce(and_, map(fits, words[:5])))
    return found


def _by_device(viewer: User, wanted: str) -> list[int]:
    """Who has this very device in use; else who reported something of it before, the latest first."""
    if len(wanted) < SHORTEST_NUMBER or " " in wanted:
        return []
    held = Asset.objects.visible_to(viewer).filter(holder__in=User.objects.visible_to(viewer).active())
    if devices := assets_called(held, wanted, with_address=True, limit=SHOWN):
        return list(dict.fromkeys(device.holder_id for device in devices if device.holder_id is not None))
    tickets = search_tickets(Ticket.objects.visible_to(viewer), wanted, viewer)
    tickets = tickets.filter(Q(device_hostname__iexact=wanted) | Q(device_ip__iexact=wanted))
    requesters = tickets.order_by("-created_at", "-pk").values_list("requester_id", flat=True)[:50]
    return list(dict.fromkeys(requesters))


def caller(viewer: User, username: str) -> User | None:
    """The person with exactly this user name, if they may be reported for."""
    if not username or "\x00" in username:
        return None
    people = User.objects.visible_to(viewer).active().select_related("department")
    return people.filter(username=username).first()


def open_tickets_of(person: User, viewer: User) -> list[Ticket]:
    """The newest open tickets of a caller: is this about one of them?"""
    tickets = Ticket.objects.visible_to(viewer).open().filter(requester=person)
    return list(tickets.select_related("waiting_reason").order_by("-created_at")[:OPEN_SHOWN])


@dataclass
class RunningIncident:
    """An open major incident that the caller may be ringing about; `colleagues` of their department have it already."""

    incident: MajorIncident
    colleagues: int


def incidents_near(person: User | None, viewer: User) -> list[RunningIncident]:
    """The open major incidents, those first that people of the caller's department suffer from."""
    running = list(MajorIncident.objects.visible_to(viewer).open().order_by("severity", "declared_at"))
    counted = _affected(running, person.department_id, viewer) if person is not None and person.department_id else {}
    found = [RunningIncident(incident, counted.get(incident.pk, 0)) for incident in running]
    return sorted(found, key=lambda near: -near.colleagues)[:INCIDENTS_SHOWN]


def _affected(incidents: list[MajorIncident], department: int, viewer: User) -> dict[int, int]:
    """How many people of a department are known to suffer from each of these incidents."""
    if not incidents:
        return {}
    links = IncidentLink.objects.visible_to(viewer).filter(incident__in=incidents, unlinked_at=None)
    pairs = set(links.filter(ticket__requester__department=department).values_list("incident", "ticket__requester"))
    parents = Ticket.objects.visible_to(viewer).filter(major_incident__in=incidents)
    pairs |= set(parents.filter(requester__department=department).values_list("major_incident", "requester"))
    return dict(Counter(incident for incident, _person in pairs))
