"""Reading a delivery about a Page's feed: each change by itself, so that a broken one harms no other."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from mim_desk.channels.base import (
    Account,
    Echo,
    Event,
    IncomingFile,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    MessageHidden,
    ReactionSeen,
    Sender,
    Unknown,
)
from mim_desk.channels.facebook_comments import payloads
from mim_desk.channels.shared import meta_payloads
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.meta import unread_object
from mim_desk.channels.shared.meta_bodies import facts, read
from mim_desk.channels.shared.meta_polling import instant
from mim_desk.channels.shared.moments import moment
from mim_desk.domain.message import MessageType

_FIELDS: Final = ("feed", "mention", "ratings")
_POSTS: Final = ("post", "status", "photo", "video", "share", "link")
_REACTIONS: Final = ("reaction", "like")
_EDITS: Final = ("edited", "edit")
_REMOVALS: Final = ("remove", "delete")
_HIDINGS: Final = {"hide": True, "unhide": False}
_EMOJI: Final = {
    "like": "👍",
    "love": "❤️",
    "care": "🤗",
    "wow": "😮",
    "haha": "😆",
    "sorry": "😢",
    "sad": "😢",
    "anger": "😠",
}


def events_of(account: Account, body: bytes, received_at: datetime) -> Iterator[Event]:
    """The events of a delivery in its order."""
    batch = read(meta_payloads.Batch, body)
    if batch is None:
        yield Unknown("body", "not a delivery of a Page")
        return
    if batch.object != "page":
        yield unread_object(batch.object)
        return
    page = str(account.settings.get("page_id") or "")
    for raw in batch.entry:
        entry = read(meta_payloads.Entry, raw)
        if entry is None or entry.id is None:
            yield Unknown("entry", "cannot be read")
        elif str(entry.id) != page:
            yield Unknown("other_account", str(entry.id)[:80])
        else:
            yield from (_change(one, page, received_at) for one in entry.changes or ())
            for _ in (*(entry.messaging or ()), *(entry.standby or ())):
                yield Unknown("messaging", "is told to the Messenger inbox")


def _change(raw: msgspec.Raw, page: str, received_at: datetime) -> Event:
    try:
        change = msgspec.json.decode(raw, type=payloads.Change)
        if change.field not in _FIELDS:
            return Unknown(change.field[:80], "not used yet")
        return _event(msgspec.json.decode(change.value, type=payloads.Value), page, received_at)
    except UNREADABLE as problem:
        return Unknown("change", str(problem)[:200])


def _event(told: payloads.Value, page: str, received_at: datetime) -> Event:
    at = _time(told.created_time, received_at)
    author = _author(told)
    external_id = _external_id(told)
    kind = f"{told.item} {told.verb}"[:80]
    if not external_id:
        return Unknown(kind, "not used yet")
    if told.item in _REACTIONS:
        return _reaction(told, author, page, at)
    is_ours = author.external_id == page
    if is_ours and told.item != "comment":
        return Unknown(kind, "of ours")
    if told.verb == "add":
        return _echo(told, external_id, at) if is_ours else _incoming(told, author, external_id, at)
    if told.verb in _EDITS:
        return MessageEdited(external_id, _time(told.edited_time, at), told.message or told.review_text or "")
    if told.verb in _REMOVALS:
        return MessageDeleted(external_id, at)
    if told.verb in _HIDINGS and told.item == "comment":
        return MessageHidden(external_id, received_at, _HIDINGS[told.verb])
    return Unknown(kind, "not used yet")


def _time(told: object, otherwise: datetime) -> datetime:
    """A Unix time, or one in words, as those have it who pass on what they asked for."""
    at = instant(told) if isinstance(told, str) else None
    return moment(told if at is None else at.timestamp(), otherwise)


def _above(told: payloads.Value) -> str:
    """The comment that this one stands below; empty where it stands below the post itself."""
    parent = str(told.parent_id or "")
    return parent if parent != str(told.post_id or "") else ""


def _echo(told: payloads.Value, external_id: str, at: datetime) -> Event:
    """A comment of the Page's own, by whatever program: it answers whom the comment above it is of."""
    above = _above(told)
    if not above:
        return Unknown("comment add", "of ours, below no comment")
    text, files = _content(told)
    return Echo(external_id, Sender(""), at, text, files=files, below=above)


def _content(told: payloads.Value) -> tuple[str, tuple[IncomingFile, ...]]:
    """Words and files; a link that comes with a file is the file's own."""
    shown, link = _linked(told)
    photos = told.photos if isinstance(told.photos, list) and told.photos else [told.photo or shown.get("photo")]
    pictures = [file for one in photos for file in _files("photo", "image/jpeg", one)]
    files = (*pictures, *_files("video", "video/mp4", told.video or shown.get("video")))
    link = "" if files else link
    return "\n".join(filter(None, (told.message or told.review_text, link))), files


def _linked(told: payloads.Value) -> tuple[dict[str, str], str]:
    """Files that stand in a link or an attachment, by their kind, and the link itself where it is none."""
    attached = told.attachment if isinstance(told.attachment, dict) else {}
    link = told.link if isinstance(told.link, str) else ""
    if told.item in ("photo", "video") and link:
        return {told.item: link}, ""
    media = read(payloads.Attached, msgspec.json.encode(attached)) or payloads.Attached()
    picture = media.media.image.src if media.media and media.media.image else None
    return ({"photo": picture} if picture else {}), link or media.url or ""


def _named(told: payloads.Value) -> str:
    """How the Send API names what is answered privately: comments and visitors' posts, nothing else."""
    return "comment_id" if told.item == "comment" else "post_id" if told.item in _POSTS else ""


def _external_id(told: payloads.Value) -> str:
    """What is spoken of: a comment, a review, or a post of a visitor."""
    if told.item in ("comment", *_REACTIONS):
        return str(told.comment_id or "")
    if told.item == "rating":
        return str(told.open_graph_story_id or "")
    return str(told.post_id or "") if told.item in _POSTS else ""


def _author(told: payloads.Value) -> Sender:
    """Who wrote it; where Meta does not say, somebody of whom this is all that is known."""
    author = told.author or payloads.Person()
    external_id = author.id or told.sender_id or told.reviewer_id
    name = author.name or told.sender_name or told.reviewer_name or ""
    return Sender(str(external_id or f"unknown:{_external_id(told)}"), name, verified=external_id is not None)


def _reaction(told: payloads.Value, author: Sender, page: str, at: datetime) -> Event:
    if author.external_id == page or told.verb not in ("add", *_EDITS, "update", *_REMOVALS):
        return Unknown("reaction", "not used yet")
    is_gone = told.verb in _REMOVALS
    kind = "like" if told.item == "like" else told.reaction_type or ""
    emoji = "" if is_gone else _EMOJI.get(kind, "❔")
    return ReactionSeen(author, at, emoji, external_id=str(told.comment_id))


def _incoming(told: payloads.Value, author: Sender, external_id: str, at: datetime) -> IncomingMessage:
    above = _above(told)
    text, files = _content(told)
    types = {"image/jpeg": MessageType.IMAGE, "video/mp4": MessageType.VIDEO}
    fallback = MessageType.TEXT if text else MessageType.UNSUPPORTED
    return IncomingMessage(
        external_id=external_id,
        sender=author,
        occurred_at=at,
        type=types[files[0].mime_type] if files else fallback,
        text=text,
        files=files,
        reply_to=above or None,
        details=facts(
            public="yes",
            kind=told.item,
            post_id=told.post_id,
            post_url=told.post.permalink_url if told.post else None,
            root=above or external_id,
            private_as=_named(told),
            recommendation=told.recommendation_type,
        ),
    )


def _files(name: str, mime_type: str, url: object) -> Iterator[IncomingFile]:
    if isinstance(url, str) and url.startswith(("https://", "http://")):
        yield IncomingFile(name, mime_type, url=url)
