# long: the sentences of all system lines stand in one table
"""The timeline's sentences: system lines, rules, states, kinds of messages."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QDate, QLocale

from mim_desk.desk.shapes import HeldReply, TimelineItem
from mim_desk.domain.buttons import framed_in_words
from mim_desk.domain.consent import Purpose
from mim_desk.domain.message import Activity, AttachmentState, AuthorType, DeliveryStatus, MessageType
from mim_desk.protocol import rows
from mim_desk.ui import kinds, texts
from mim_desk.ui.timeline import facts, network_lines
from mim_desk.ui.timeline.shown_text import file_name

CHANNEL_NAMES: Final = {
    "archive": "Archive",
    "custom": "Custom",
    "email": "Email",
    "facebook_comments": "Facebook comments",
    "instagram": "Instagram",
    "kakaotalk": "KakaoTalk",
    "line": "LINE",
    "matrix": "Matrix",
    "messenger": "Messenger",
    "rcs": "RCS",
    "sms": "SMS",
    "sms_smpp": "SMS",
    "sms_twilio": "SMS",
    "telegram": "Telegram",
    "viber": "Viber",
    "web_chat": "Web chat",
    "wechat": "WeChat",
    "wecom_kf": "WeChat",
    "whatsapp": "WhatsApp",
}


@lru_cache(maxsize=512)
def tr(text: str, n: int = -1) -> str:
    """``text`` in the agent's language."""
    return texts.tr("timeline", text, n)


def channel_name(channel: str) -> str:
    """A channel in words."""
    return CHANNEL_NAMES.get(channel) or texts.one_line(channel.replace("_", " ").capitalize(), 40)


def rule_text(day: date, channel: str, today: date) -> str:
    """``WhatsApp, today``."""
    named = _day_name(day, today)
    return tr("{channel}, {day}").format(channel=channel_name(channel), day=named) if channel else _capital(named)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day_name(day: date, today: date) -> str:
    if day == today:
        return tr("today")
    if day == today - timedelta(days=1):
        return tr("yesterday")
    pattern = "dddd d MMMM" if day.year == today.year else "d MMMM yyyy"
    return QLocale().toString(QDate(day.year, day.month, day.day), pattern)


_ICONS: Final[dict[str, str]] = {
    Activity.ASSIGNED: "assign",
    Activity.CLAIMED: "assign",
    Activity.UNASSIGNED: "unassigned",
    Activity.TEAM: "people",
    Activity.RESOLVED: "resolve",
    Activity.REOPENED: "reopen",
    Activity.PENDING: "bot",
    Activity.SNOOZED: "snooze",
    Activity.WOKEN: "snooze",
    Activity.WAITING_ON: "pause",
    Activity.PRIORITY: "priority",
    Activity.LABELS: "label",
    Activity.MERGED: "merge",
    Activity.UNMERGED: "unmerge",
    Activity.CONSENT_WITHDRAWN: "mute",
    Activity.CONSENT_GIVEN: "bell",
    Activity.SENT_ELSEWHERE: "handoff",
    Activity.FORM: "note",
    Activity.LEFT_MESSAGE: "clock",
    Activity.RATED: "like",
    Activity.COMMENT_HIDDEN: "hide",
    Activity.COMMENT_SHOWN: "comment",
    Activity.COMMENT_DELETED: "delete",
    Activity.CAME_BY: "link",
    Activity.OPENED_CHAT: "link",
    Activity.OPTED_IN: "bell",
    Activity.ACCOUNT_LINKED: "link",
    Activity.MEMBERSHIP: "person",
    Activity.CAME_NEAR: "location",
    Activity.VIDEO_WATCHED: "play",
    Activity.GROUP: "people",
    Activity.IDENTITY: "key",
    Activity.THREAD_OURS: "handoff",
    Activity.THREAD_TAKEN: "handoff",
    Activity.THREAD_WANTED: "handoff",
    "handoff": "handoff",
}


_LONG: Final = {"answers": 600, "comment": 400, "reason": 200, "note": 400}
"""Customers' own words in a line, and how much of them it shows."""


def line_icon(activity: str) -> str:
    """The drawing before a system line."""
    return _ICONS.get(activity, "info")


def line_text(item: TimelineItem, names: Mapping[str, str]) -> str:
    """A system line as a sentence; ``names`` are of agents by id, what people named is isolated in it."""
    message = item.message
    told = {
        key: texts.isolated(texts.one_line(value, _LONG.get(key, 80)))
        for key, value in message.details.items()
        if value
    }
    by = names.get(message.author.id) or item.author_name
    if by and message.author.type in (AuthorType.AGENT, AuthorType.BOT):
        told["by"] = texts.isolated(texts.one_line(by, 60))
    if "until" in told:
        told["until"] = texts.left_to_right(_moment(message.details["until"]))
    for pattern in _patterns(message.activity, told, message.details):
        sentence = _filled(pattern, told)
        if sentence:
            return sentence
    return texts.one_line(message.text) or _capital(message.activity.replace("_", " "))


def _moment(told: str) -> str:
    try:
        return texts.full_time(datetime.fromisoformat(told))
    except ValueError:
        return texts.one_line(told, 40)


def _patterns(activity: str, told: Mapping[str, str], details: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences from the most to the least they need to know."""
    if activity in (Activity.CONSENT_WITHDRAWN, Activity.CONSENT_GIVEN) and "purpose" in told:
        found = (
            every
            for (said, what), every in _CONSENTS.items()
            if (said, texts.isolated(what)) == (activity, told["purpose"])
        )
        return tuple(tell() for tell in next(found, _SENTENCES[activity]))
    if activity == Activity.RESOLVED and "by" not in told and told.get("reason") == texts.isolated("idle"):
        return (tr("Resolved: nobody wrote any more"),)
    if activity == Activity.LABELS and "added" in told and "removed" in told:
        return (tr("Label added: {added}, removed: {removed}"),)
    return network_lines.patterns(activity, details) or tuple(tell() for tell in _SENTENCES.get(activity, ()))


_SENTENCES: Final[dict[str, tuple[Callable[[], str], ...]]] = {
    Activity.ASSIGNED: (lambda: tr("Assigned to {assignee} by {by}"), lambda: tr("Assigned to {assignee}")),
    Activity.CLAIMED: (lambda: tr("{by} took this over"), lambda: tr("Taken over")),
    Activity.UNASSIGNED: (lambda: tr("Put back in the queue by {by}"), lambda: tr("Put back in the queue")),
    Activity.TEAM: (
        lambda: tr("Handed to team {team} by {by}"),
        lambda: tr("Team changed by {by}"),
        lambda: tr("Team changed"),
    ),
    Activity.RESOLVED: (lambda: tr("Resolved by {by}"), lambda: tr("Resolved")),
    Activity.REOPENED: (lambda: tr("Reopened by {by}"), lambda: tr("Reopened: the contact wrote again")),
    Activity.PENDING: (lambda: tr("Handed to the bot by {by}"), lambda: tr("Handed to the bot")),
    Activity.SNOOZED: (
        lambda: tr("Snoozed until {until} by {by}"),
        lambda: tr("Snoozed until {until}"),
        lambda: tr("Snoozed"),
    ),
    Activity.WOKEN: (lambda: tr("No longer snoozed"),),
    Activity.WAITING_ON: (lambda: tr("Waiting on: {waiting_on}"), lambda: tr("No longer waiting on anybody")),
    Activity.PRIORITY: (lambda: tr("Priority set to {priority} by {by}"), lambda: tr("Priority set to {priority}")),
    Activity.LABELS: (lambda: tr("Label added: {added}"), lambda: tr("Label removed: {removed}")),
    Activity.MERGED: (lambda: tr("Merged with {name}"), lambda: tr("Merged with another contact")),
    Activity.UNMERGED: (lambda: tr("{name} was taken out again"), lambda: tr("A merge was undone")),
    Activity.FORM: (
        lambda: tr("Says of themselves: {answers}. Agreed to: {consent}"),
        lambda: tr("Says of themselves: {answers}"),
        lambda: tr("Agreed to: {consent}"),
    ),
    Activity.COMMENT_HIDDEN: (
        lambda: tr("{by} hid the comment “{text}”"),
        lambda: tr("{by} hid a comment"),
        lambda: tr("A comment was hidden"),
    ),
    Activity.COMMENT_SHOWN: (
        lambda: tr("{by} shows the comment “{text}” again"),
        lambda: tr("{by} shows a comment again"),
        lambda: tr("A comment is shown again"),
    ),
    Activity.COMMENT_DELETED: (
        lambda: tr("{by} deleted the comment “{text}”"),
        lambda: tr("{by} deleted a comment"),
        lambda: tr("A comment was deleted"),
    ),
    Activity.LEFT_MESSAGE: (
        lambda: tr("Left a message while closed. The page says: back {until}"),
        lambda: tr("Left a message while nobody was here"),
    ),
    Activity.RATED: (
        lambda: tr("Rated {score} of {of}: {comment}"),
        lambda: tr("Rated {score} of {of}"),
    ),
    Activity.SENT_ELSEWHERE: (lambda: tr("It did not arrive, so it goes through {inbox} instead"),),
    Activity.CONSENT_WITHDRAWN: (lambda: tr("No longer agrees to: {purpose}"),),
    Activity.CONSENT_GIVEN: (lambda: tr("Agrees to: {purpose}"),),
    Activity.OPENED_CHAT: (
        lambda: tr("Opened the chat from the ad {ad}"),
        lambda: tr("Opened the chat about product {product}"),
        lambda: tr("Opened the chat by the link {link}"),
        lambda: tr("Opened the chat by a link"),
    ),
    Activity.OPTED_IN: (
        lambda: tr("Asked for news: {title}, until {until}"),
        lambda: tr("Asked for news: {title}"),
        lambda: tr("Asked for news"),
    ),
    Activity.THREAD_OURS: (
        lambda: tr("Another tool handed this chat to us: {note}"),
        lambda: tr("Another tool handed this chat to us"),
    ),
    Activity.THREAD_TAKEN: (
        lambda: tr("Another tool has this chat now: {note}"),
        lambda: tr("Another tool has this chat now"),
    ),
    Activity.THREAD_WANTED: (
        lambda: tr("Another tool asks for this chat: {note}"),
        lambda: tr("Another tool asks for this chat"),
    ),
    "handoff": (lambda: tr("{by} handed off: {reason}"), lambda: tr("Handed off by the bot")),
}


_CONSENTS: Final[dict[tuple[str, str], tuple[Callable[[], str], ...]]] = {
    (Activity.CONSENT_WITHDRAWN, Purpose.MESSAGES): (
        lambda: tr("{by} noted: wants no more messages in {inbox} ({reason})"),
        lambda: tr("{by} noted: wants no more messages ({reason})"),
        lambda: tr("Wants no more messages in {inbox}"),
        lambda: tr("Wants no more messages"),
    ),
    (Activity.CONSENT_GIVEN, Purpose.MESSAGES): (
        lambda: tr("{by} noted: wants messages in {inbox} again ({reason})"),
        lambda: tr("{by} noted: wants messages again ({reason})"),
        lambda: tr("Wants messages in {inbox} again"),
        lambda: tr("Wants messages again"),
    ),
    (Activity.CONSENT_WITHDRAWN, Purpose.MARKETING): (
        lambda: tr("{by} noted: wants no more offers in {inbox} ({reason})"),
        lambda: tr("{by} noted: wants no more offers ({reason})"),
        lambda: tr("Wants no more offers in {inbox}"),
        lambda: tr("Wants no more offers"),
    ),
    (Activity.CONSENT_GIVEN, Purpose.MARKETING): (
        lambda: tr("{by} noted: wants offers in {inbox} ({reason})"),
        lambda: tr("{by} noted: wants offers ({reason})"),
        lambda: tr("Wants offers in {inbox}"),
        lambda: tr("Wants offers"),
    ),
}


def _filled(pattern: str, told: Mapping[str, str]) -> str:
    try:
        return pattern.format_map(told)
    except KeyError:
        return ""


def held_reason(held: HeldReply | None, outbox_reason: str) -> str:
    """Why a reply waits for the agent, in a few words."""
    if outbox_reason:
        return outbox_reason
    first = held.reasons[0] if held and held.reasons else ""
    told = _HELD.get(first)
    return told() if told else tr("Held: the conversation moved on")


_HELD: Final[dict[str, Callable[[], str]]] = {
    "answered": lambda: tr("Held: somebody answered meanwhile"),
    "customer_wrote": lambda: tr("Held: the contact wrote again"),
    "assignee_changed": lambda: tr("Held: somebody else has it now"),
    "resolved": lambda: tr("Held: it was resolved meanwhile"),
    "window_closed": lambda: tr("Held: the reply window closed"),
}


def failed_reason(item: TimelineItem) -> str:
    """Why a reply failed, in plain words."""
    delivery = item.message.delivery
    return item.outbox_reason or (delivery.reason if delivery else "") or tr("It was not delivered.")


def again_reason(item: TimelineItem) -> str:
    """What became of a reply that was sent again."""
    if tick(item) == "unknown":
        return tr("It may have arrived. It was sent again.")
    return tr("{reason} It was sent again.").format(reason=texts.isolated(failed_reason(item)))


def tick(item: TimelineItem) -> str:
    """Name of the delivery tick; empty where there is none."""
    if item.outbox_state:
        return "failed" if item.outbox_state == "failed" else "queued"
    delivery = item.message.delivery
    if delivery is None:
        return ""
    return "queued" if delivery.status is DeliveryStatus.SENDING else str(delivery.status)


_TICKS: Final[dict[str, Callable[[], str]]] = {
    "queued": lambda: tr("waiting to leave"),
    "sent": lambda: tr("sent"),
    "delivered": lambda: tr("delivered"),
    "read": lambda: tr("read"),
    "failed": lambda: tr("failed"),
    "unknown": lambda: tr("perhaps delivered"),
}


def tick_word(name: str) -> str:
    """A delivery state in words."""
    told = _TICKS.get(name)
    return told() if told else ""


def body(message: rows.Message) -> str:
    """The words of a message; for kinds without words what can be said of them."""
    if message.deleted_at is not None:
        return kinds.deleted()
    if message.type is MessageType.CHOICE and message.choice is not None:
        return message.text or message.choice.title
    if message.contact_card is not None:
        return "\n\n".join(part for part in (message.text, message.contact_card.words) if part)
    if message.text or message.attachments or message.location is not None:
        return framed_in_words(message.text, message.frame) if message.frame else message.text
    if message.type is MessageType.UNSUPPORTED:
        return _unsupported(message)
    if message.type is MessageType.STORY_REPLY:
        return facts.story(message.details)
    if message.type is MessageType.STICKER:
        return facts.sticker(message.details, message.sticker.id if message.sticker else "")
    return kinds.kind_name(message.type)


def _unsupported(message: rows.Message) -> str:
    what = facts.unshown(message.details)
    if what:
        return tr("{what}. It cannot be shown here. Open it in the channel’s own app.").format(what=what)
    return tr("This kind of message cannot be shown here. Open it in the channel’s own app.")


def place_name(place: rows.Location) -> str:
    """What a place is called."""
    return texts.one_line(place.name, 120) or kinds.kind_name(MessageType.LOCATION)


def quotes(message: rows.Message) -> bool:
    """Whether it answers another message, or words of one that is elsewhere."""
    return message.reply_to is not None or "quote" in message.details


def quote(message: rows.Message, answered: rows.Message | None) -> str:
    """One line of what it answers: the words that were picked, else the whole; empty where neither is known."""
    picked = texts.one_line(message.details.get("quote", ""), 200)
    return picked or (preview(answered) if answered is not None else "")


def preview(message: rows.Message) -> str:
    """One line of a message, for quotes and banners."""
    if message.deleted_at is None and not message.text:
        if message.attachments:
            return file_name(message.attachments[0].name)
        if message.location is not None:
            return place_name(message.location)
    return texts.one_line(body(message), 200)


_STATES: Final[dict[AttachmentState, Callable[[], str]]] = {
    AttachmentState.PENDING: lambda: tr("On its way"),
    AttachmentState.FAILED: lambda: tr("Could not be fetched"),
    AttachmentState.EXPIRED: lambda: tr("The channel no longer has it"),
}


def missing(attachment: rows.Attachment) -> str:
    """Why a file's bytes are not here, empty when they are."""
    told = _STATES.get(attachment.state)
    return told() if told else ""


def kind_line(attachment: rows.Attachment, kind: MessageType = MessageType.FILE) -> str:
    """``PDF, 214 KB`` below a file's name; where it is not here, why."""
    why = missing(attachment)
    if why:
        return why
    suffix = attachment.name.rpartition(".")[2]
    named = suffix.upper() if 1 < len(suffix) <= 5 and suffix.isascii() and suffix.isalnum() else tr("File")
    if kind in (MessageType.VOICE, MessageType.AUDIO, MessageType.VIDEO):
        named = kinds.kind_name(kind)
    size = texts.file_size(attachment.size)
    return tr("{kind}, {size}").format(kind=named, size=size) if attachment.size else named
