"""The spine (`Record`), what hangs on it, and the reference tables that codify it."""

from .approvals import Approval, ApprovalRun
from .attachments import Attachment, attachment_path
from .codes import Category, CategoryTeam, CauseCode, HoldReason, PriorityCell, ResolutionCode
from .followup import FollowUp
from .merges import Merge
from .plans import PlanRun
from .record import ACTIVE, COMMON, FAR, PHASES, Channel, Impact, Phase, Priority, Record, Urgency
from .repairs import Repair
from .satellites import AffectedItem, Comment, Hop, Link, Task, Watch
from .search import Lexeme, RecordSearch
from .silence import Silence, SilenceRule
from .snooze import Snooze
from .time import MOST_MINUTES, TimeEntry

__all__ = [
    "ACTIVE",
    "COMMON",
    "FAR",
    "MOST_MINUTES",
    "PHASES",
    "AffectedItem",
    "Approval",
    "ApprovalRun",
    "Attachment",
    "Category",
    "CategoryTeam",
    "CauseCode",
    "Channel",
    "Comment",
    "FollowUp",
    "HoldReason",
    "Hop",
    "Impact",
    "Lexeme",
    "Link",
    "Merge",
    "Phase",
    "PlanRun",
    "Priority",
    "PriorityCell",
    "Record",
    "RecordSearch",
    "Repair",
    "ResolutionCode",
    "Silence",
    "SilenceRule",
    "Snooze",
    "Task",
    "TimeEntry",
    "Urgency",
    "Watch",
    "attachment_path",
]
