"""A message: one item of a conversation, and how its delivery state may move."""

import re
import unicodedata
from enum import StrEnum
from typing import Final


class MessageKind(StrEnum):
    """Which way a message goes; a note never leaves, an activity is a system line."""

    INCOMING = "incoming"
    REPLY = "reply"
    NOTE = "note"
    ACTIVITY = "activity"


class AuthorType(StrEnum):
    """Who wrote it."""

    CONTACT = "contact"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class MessageType(StrEnum):
    """What it carries."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    FILE = "file"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT_CARD = "contact_card"
    CHOICE = "choice"
    TEMPLATE = "template"
    ORDER = "order"
    STORY_REPLY = "story_reply"
    UNSUPPORTED = "unsupported"


class Activity(StrEnum):
    """Keys of system lines; the comment names their ``details``. The message's author is who did it."""

    ASSIGNED = "assigned"  # assignee (name), assignee_id
    CLAIMED = "claimed"  # assigned to oneself
    UNASSIGNED = "unassigned"
    TEAM = "team"  # team (name, empty for none), team_id
    RESOLVED = "resolved"  # reason
    REOPENED = "reopened"
    PENDING = "pending"
    HANDOFF = "handoff"  # reason
    SNOOZED = "snoozed"  # until (RFC 3339)
    WOKEN = "woken"
    WAITING_ON = "waiting_on"  # waiting_on
    PRIORITY = "priority"  # priority
    LABELS = "labels"  # added, removed (comma-separated)
    MERGED = "merged"  # name, contact_id
    FORM = "form"  # answers (the contact's, unproven), consent (version of the text agreed to)
    LEFT_MESSAGE = "left_message"  # until (RFC 3339): when we said that we are back
    RATED = "rated"  # score, of (the best there is), comment
    COMMENT_HIDDEN = "comment_hidden"  # text (how the comment begins), message_id
    COMMENT_SHOWN = "comment_shown"  # the same
    COMMENT_DELETED = "comment_deleted"  # the same
    UNMERGED = "unmerged"  # name, contact_id
    CONSENT_WITHDRAWN = "consent_withdrawn"  # purpose, inbox (name, empty for everywhere), reason
    CONSENT_GIVEN = "consent_given"  # the same
    CAME_BY = "came_by"  # way (follow, scan, link), referral (the name of the code or link), further ones as given
    SENT_ELSEWHERE = "sent_elsewhere"  # inbox (name of the other one), message_id, instead_of
    OPENED_CHAT = "opened_chat"  # ad (headline), link (the name we gave it), product, source
    OPTED_IN = "opted_in"  # title, frequency, until (RFC 3339): news they asked to be sent
    ACCOUNT_LINKED = "account_linked"  # result (ok, failed): their account with the brand, linked from the network
    MEMBERSHIP = "membership"  # change (joined, left, renewed), plan (its id)
    CAME_NEAR = "came_near"  # beacon (its id), way (enter, banner, stay), note (what the beacon sends)
    VIDEO_WATCHED = "video_watched"  # video (the name we gave it)
    GROUP = "group"  # change (brand_joined, brand_left, joined, left), people (how many)
    IDENTITY = "identity"  # change (id, keys), number (by which the network knows them now)
    THREAD_OURS = "thread_ours"  # note: another tool of the brand handed the chat to us
    THREAD_TAKEN = "thread_taken"  # note: another tool of the brand has the chat now
    THREAD_WANTED = "thread_wanted"  # note: another tool of the brand asks for the chat


LASTING_DETAILS: Final = frozenset(
    {
        "public", "kind", "root", "post_id", "private_as", "private_reply", "private", "hidden", "standby", "group",
        "room", "thread", "encrypted", "reply_token", "quote_token", "read_token", "message_id", "references",
        "answer_to", "own_window_s", "window_s", "replies", "opt_out", "status",
    }
)  # fmt: skip
"""Keys of ``details`` that say where a message stands and how it is answered, nothing of what was said in it."""


class DeliveryStatus(StrEnum):
    """How far a reply got; *unknown* was perhaps taken and is never resent blindly."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


class AttachmentState(StrEnum):
    """Whether the bytes of an attachment are here."""

    PENDING = "pending"
    OK = "ok"
    FAILED = "failed"
    EXPIRED = "expired"


_RANK = {
    DeliveryStatus.QUEUED: 0,
    DeliveryStatus.SENDING: 1,
    DeliveryStatus.UNKNOWN: 2,
    DeliveryStatus.FAILED: 3,
    DeliveryStatus.SENT: 3,
    DeliveryStatus.DELIVERED: 4,
    DeliveryStatus.READ: 5,
}


def merged_delivery(now: DeliveryStatus, told: DeliveryStatus) -> DeliveryStatus:
    """The status after a receipt ``told`` reaches a message at ``now``.

    Receipts come late, twice and out of order: the rank only rises, and *failed* ends
    only what was not delivered (reliability.md, section 2, "Statuses merge by rank").
    """
    if told is DeliveryStatus.FAILED:
        return now if _RANK[now] >= _RANK[DeliveryStatus.DELIVERED] else told
    return told if _RANK[told] > _RANK[now] else now


_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def clean_text(text: str) -> str:
    """``text`` in NFC, trimmed, without control characters except the newline."""
    if _CONTROL.search(text):
        lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        text = _CONTROL.sub("", lines)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()
