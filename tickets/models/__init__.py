from tickets.models.audit import AuditAnchor, TicketEvent
from tickets.models.call import PhoneCall
from tickets.models.catalogue import Category, Outcome, PriorityCell, RequestKind, WaitingReason
from tickets.models.conversation import Attachment, Draft, Message, Presence, TicketSeen
from tickets.models.desk import QueueView
from tickets.models.incident import (
    IncidentDelivery,
    IncidentLink,
    IncidentReview,
    IncidentUpdate,
    MajorIncident,
    ReviewAction,
)
from tickets.models.mail import IncomingMail, Mailbox, MailboxState
from tickets.models.search import TicketSearch
from tickets.models.settings import DeskSettings, NumberCounter
from tickets.models.task import TicketTask
from tickets.models.ticket import Ticket, Watcher

__all__ = [
    "Attachment",
    "AuditAnchor",
    "Category",
    "DeskSettings",
    "Draft",
    "IncidentDelivery",
    "IncidentLink",
    "IncidentReview",
    "IncidentUpdate",
    "IncomingMail",
    "Mailbox",
    "MailboxState",
    "MajorIncident",
    "Message",
    "NumberCounter",
    "Outcome",
    "Presence",
    "PhoneCall",
    "PriorityCell",
    "QueueView",
    "RequestKind",
    "ReviewAction",
    "Ticket",
    "TicketEvent",
    "TicketSearch",
    "TicketSeen",
    "TicketTask",
    "WaitingReason",
    "Watcher",
]
