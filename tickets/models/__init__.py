from tickets.models.action import ActionRequest, ActionStep
from tickets.models.article_link import TicketArticle
from tickets.models.asset_link import TicketAsset
from tickets.models.audit import AuditAnchor, TicketEvent
from tickets.models.call import PhoneCall
from tickets.models.catalogue import Category, Outcome, PriorityCell, RequestKind, WaitingReason
from tickets.models.confidential import BreakGlass, ConfidentialRead, TicketReader
from tickets.models.consent import Consent, ConsentItem
from tickets.models.conversation import Attachment, Draft, Message, Presence, TicketSeen
from tickets.models.desk import QueueView
from tickets.models.diagnosis import DiagnosisStep, DiagnosisTemplate, TemplateStep
from tickets.models.incident import (
    IncidentDelivery,
    IncidentLink,
    IncidentReview,
    IncidentUpdate,
    MajorIncident,
    ReviewAction,
)
from tickets.models.keeping import LegalHold, PersonErasure, RetentionPolicy
from tickets.models.mail import IncomingMail, Mailbox, MailboxState
from tickets.models.promise import PromisedTime, TimeProposal
from tickets.models.remote_session import RemoteSession
from tickets.models.search import TicketSearch
from tickets.models.security import CustodyEntry, Evidence, SecurityIncident, SecurityStep
from tickets.models.settings import DeskSettings, NumberCounter
from tickets.models.survey import Survey
from tickets.models.task import TicketTask
from tickets.models.ticket import Ticket, Watcher
from tickets.models.ticket_link import TicketLink
from tickets.models.vendor_case import VendorCase, VendorDisclosure, VendorMessage
from tickets.models.window import WorkWindow
from tickets.models.workaround import WorkaroundReview

__all__ = [
    "ActionRequest",
    "ActionStep",
    "Attachment",
    "AuditAnchor",
    "BreakGlass",
    "Category",
    "ConfidentialRead",
    "Consent",
    "ConsentItem",
    "CustodyEntry",
    "DeskSettings",
    "DiagnosisStep",
    "DiagnosisTemplate",
    "Draft",
    "Evidence",
    "IncidentDelivery",
    "IncidentLink",
    "IncidentReview",
    "IncidentUpdate",
    "IncomingMail",
    "LegalHold",
    "Mailbox",
    "MailboxState",
    "MajorIncident",
    "Message",
    "NumberCounter",
    "Outcome",
    "PersonErasure",
    "Presence",
    "PhoneCall",
    "PriorityCell",
    "PromisedTime",
    "QueueView",
    "RemoteSession",
    "RequestKind",
    "RetentionPolicy",
    "ReviewAction",
    "Survey",
    "SecurityIncident",
    "SecurityStep",
    "TemplateStep",
    "Ticket",
    "TicketArticle",
    "TicketAsset",
    "TicketEvent",
    "TicketLink",
    "TicketReader",
    "TicketSearch",
    "TicketSeen",
    "TicketTask",
    "VendorCase",
    "VendorDisclosure",
    "VendorMessage",
    "WaitingReason",
    "TimeProposal",
    "Watcher",
    "WorkaroundReview",
    "WorkWindow",
]
