"""Re-exports only: each process keeps its models in its own folder."""

from .access.models import Access, AccessReview, AccessReviewLine, AccessTemplate, AccessTemplateLine
from .bulk.models import BulkRun
from .calls.campaigns.models import CallCampaign, CampaignAttempt, CampaignTarget, ContactHook, DoNotCall
from .calls.models import (
    Call,
    CallerNote,
    CallEvent,
    CallLink,
    CallMapping,
    CallMenu,
    CallNature,
    CallNumber,
    CallPolicy,
    CallQueue,
    Exchange,
    MenuStep,
    Operator,
    OperatorSpan,
    PauseReason,
    QueueMember,
    WrapUpCode,
)
from .catalogue.models import BasketFile, BasketLine, CatalogueCategory, CatalogueItem, CatalogueItemVersion
from .imports.models import ImportedPromise, ImportReject, ImportRun
from .incidents.models import Incident
from .macros.models import CannedReply, ChecklistTemplate, Macro
from .majors.models import MajorCaller, MajorIncident, MajorRule, Surge
from .requests.models import RegularOrder, Request
from .surveys.models import Survey, SurveyRule

__all__ = [
    "Access",
    "AccessReview",
    "AccessReviewLine",
    "AccessTemplate",
    "AccessTemplateLine",
    "BasketFile",
    "BasketLine",
    "BulkRun",
    "Call",
    "CallCampaign",
    "CallEvent",
    "CallLink",
    "CallMapping",
    "CallMenu",
    "CallNature",
    "CallNumber",
    "CallPolicy",
    "CallQueue",
    "CallerNote",
    "CampaignAttempt",
    "CampaignTarget",
    "CannedReply",
    "CatalogueCategory",
    "CatalogueItem",
    "CatalogueItemVersion",
    "ChecklistTemplate",
    "ContactHook",
    "DoNotCall",
    "Exchange",
    "ImportReject",
    "ImportRun",
    "ImportedPromise",
    "Incident",
    "Macro",
    "MajorCaller",
    "MajorIncident",
    "MajorRule",
    "MenuStep",
    "Operator",
    "OperatorSpan",
    "PauseReason",
    "QueueMember",
    "RegularOrder",
    "Request",
    "Surge",
    "Survey",
    "SurveyRule",
    "WrapUpCode",
]
