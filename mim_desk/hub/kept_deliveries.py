"""The journal as people read it: what was not understood or not applied, why, and how it begins."""

import re
from collections.abc import Iterable
from typing import Final

from mim_desk.domain.message import clean_text
from mim_desk.hub.store import journal
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.journal import JournalState, Kept
from mim_desk.protocol.api import KeptDelivery

LONGEST_PREVIEW: Final = 2000
SHORTEST_SECRET: Final = 4
HIDDEN: Final = "•••"
_NAMED: Final = re.compile(
    r"""((?:access_?token|[\w-]*token|[\w-]*secret|password|signature|authorization|api_?key)["']?\s*[:=]\s*["']?)"""
    r"""[^"'&,\s}<]+""",
    re.IGNORECASE,
)
_FAILED: Final = {
    JournalState.UNPARSED: "An item of it was not understood.",
    JournalState.DEAD: "An item of it could not be applied.",
}


def listed(conn: Connection, inbox_id: str, after: int, limit: int, secrets: Iterable[str]) -> list[KeptDelivery]:
    """Deliveries of an inbox that wait for a replay, oldest first."""
    hidden = sorted({one for one in secrets if len(one) >= SHORTEST_SECRET}, key=len, reverse=True)
    return [_told(conn, one, hidden) for one in journal.unsettled(conn, inbox_id, after, limit)]


def _told(conn: Connection, kept: Kept, hidden: Iterable[str]) -> KeptDelivery:
    dead = [f"{kind}: {problem}" for _, kind, problem in journal.dead_letters(conn, kept.n)]
    reason = "; ".join(part for part in (kept.problem, *dead) if part) or _FAILED.get(kept.state, "")
    shown = preview(kept.body, hidden)
    return KeptDelivery(kept.n, kept.received_at, kept.state.value, redacted(reason, hidden), shown, len(kept.body))


def preview(body: bytes, hidden: Iterable[str]) -> str:
    """The beginning of a body as plain text without secrets; of what is no text only how it begins."""
    return clean_text(redacted(body[: 4 * LONGEST_PREVIEW].decode("utf-8", "replace"), hidden))[:LONGEST_PREVIEW]


def redacted(text: str, hidden: Iterable[str]) -> str:
    """``text`` without the account's own secrets and without what is named like one."""
    for secret in hidden:
        text = text.replace(secret, HIDDEN)
    return _NAMED.sub(rf"\1{HIDDEN}", text)
