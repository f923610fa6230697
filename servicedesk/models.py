"""Re-exports only: each process keeps its models in its own folder."""

from .access.models import Access, AccessReview, AccessReviewLine, AccessTemplate, AccessTemplateLine
from .bulk.models import BulkRun
from .calls.models import (
    Call,
    CallEvent,
    CallLink,
    CallMapping,
    CallMenu,
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
    "CallEvent",
    "CallLink",
    "CallMapping",
    "CallMenu",
    "CallNumber",
    "CallPolicy",
    "CallQueue",
    "CannedReply",
    "CatalogueCategory",
    "CatalogueItem",
    "CatalogueItemVersion",
    "ChecklistTemplate",
    "Exchange",
    "ImportReject",
    "ImportRun",
    "ImportedPromise",
    "Incident",
    "Macro",
    "MenuStep",
    "Operator",
    "OperatorSpan",
    "PauseReason",
    "QueueMember",
    "RegularOrder",
    "Request",
    "Survey",
    "SurveyRule",
    "WrapUpCode",
]
