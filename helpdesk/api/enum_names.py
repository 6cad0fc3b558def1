"""Names that sets of choices have in the schema, where several fields share one or several sets share a field's name."""

from __future__ import annotations

ENUM_NAMES = {
    "StatusEnum": "tickets.choices.STATUS_CHOICES",
    "SlaStateEnum": "tickets.choices.SLA_STATE_CHOICES",
    "ChannelEnum": "tickets.choices.Channel",
    "MessageKindEnum": "tickets.choices.MessageKind",
    "CommandEnum": "tickets.api.schemas.COMMANDS",
    "ReasonEnum": "tickets.choices.REASON_CHOICES",
    "GivenReasonEnum": "tickets.choices.GIVEN_REASON_CHOICES",
    "RecordedChannelEnum": "tickets.api.inputs.RECORDED_CHANNELS",
    "QuestionStateEnum": "tickets.api.agreements.STATES",
    "PromiseReasonEnum": "tickets.promise_choices.PROMISE_REASON_CHOICES",
    "PromiseOutcomeEnum": "tickets.promise_choices.OUTCOME_CHOICES",
    "PromiseStateEnum": "tickets.promise_choices.STANDING_CHOICES",
    "ConsentItemEnum": "tickets.choices.CONSENT_ITEM_CHOICES",
    "SessionScopeEnum": "tickets.choices.SESSION_SCOPE_CHOICES",
    "DisclosedFieldEnum": "tickets.api.vendors.FIELDS",
    "StepKindEnum": "tickets.choices.STEP_KIND_CHOICES",
    "FindingEnum": "tickets.choices.FINDING_CHOICES",
    "CallDirectionEnum": "tickets.choices.CallDirection",
    "VendorMessageDirectionEnum": "tickets.models.VendorMessage.Direction",
    "VendorOutcomeEnum": "tickets.models.VendorCase.Outcome",
    "AssetImportStateEnum": "assets.models.ImportJob.State",
    "MailOutcomeEnum": "tickets.models.IncomingMail.Outcome",
}
