"""Every row of the product; importing this package is enough to know the whole schema."""

from balas.models.analytics import Analytics, Citation, ModelSpend
from balas.models.api_key import ApiKey
from balas.models.audience import AudienceNumber
from balas.models.audit import AuditEntry
from balas.models.base import Base
from balas.models.catch_up import CatchUp, UnreadChat
from balas.models.conversation import Conversation
from balas.models.document import (
    Document,
    DocumentChunk,
    DocumentPart,
    DocumentStatus,
    DocumentVersion,
    KnowledgeState,
    Vector,
)
from balas.models.gap import Gap, GapQuestion, GapState
from balas.models.golden import GateOutcome, GateReport, GoldenQuestion, Origin
from balas.models.inbox import OPEN_STATES, InboxMessage, InboxState
from balas.models.index_lease import IndexLease
from balas.models.kept_reply import KeptReply
from balas.models.message import Message
from balas.models.outbox import OPEN_SENDS, OutboxMessage, OutboxState
from balas.models.tombstone import Tombstone
from balas.models.turn import OPEN_TURNS, Turn, TurnState
from balas.models.user import User
from balas.models.waha_session import WahaSession
from balas.models.website import PageKind, PageState, Website, WebsitePage, WebsiteStatus

__all__ = [
    "OPEN_SENDS",
    "OPEN_STATES",
    "OPEN_TURNS",
    "Analytics",
    "ApiKey",
    "AudienceNumber",
    "AuditEntry",
    "Base",
    "CatchUp",
    "Citation",
    "Conversation",
    "Document",
    "DocumentChunk",
    "DocumentPart",
    "DocumentStatus",
    "DocumentVersion",
    "Gap",
    "GapQuestion",
    "GapState",
    "GateOutcome",
    "GateReport",
    "GoldenQuestion",
    "InboxMessage",
    "InboxState",
    "IndexLease",
    "KeptReply",
    "KnowledgeState",
    "Message",
    "ModelSpend",
    "Origin",
    "OutboxMessage",
    "OutboxState",
    "PageKind",
    "PageState",
    "Tombstone",
    "Turn",
    "TurnState",
    "UnreadChat",
    "User",
    "Vector",
    "WahaSession",
    "Website",
    "WebsitePage",
    "WebsiteStatus",
]
