"""Public comments at an account's posts: read like messages, answered in public only where one is quoted.

https://developers.facebook.com/docs/instagram-platform/webhooks
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from mim_desk.channels.base import Account, Echo, Event, IncomingMessage, Outgoing, Request, Sender, Unknown
from mim_desk.channels.instagram.rendering import LONGEST_TEXT_BYTES
from mim_desk.channels.shared import meta, meta_private
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.meta_bodies import facts
from mim_desk.channels.shared.meta_sends import quick_replies
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import split_text, utf8_bytes
from mim_desk.domain.message import MessageType
from mim_desk.domain.refusal import Refusal

FIELDS: Final = ("comments", "live_comments")
KIND: Final = "comment"
LONGEST_BYTES: Final = 1000
"""[unverified] The sheet names no length of comments: that of messages is kept."""


class _Media(msgspec.Struct, frozen=True):
    id: str | int | None = None
    media_product_type: str | None = None
    ad_id: str | int | None = None
    ad_title: str | None = None


class _Author(msgspec.Struct, frozen=True):
    id: str | int | None = None
    username: str | None = None


class Comment(msgspec.Struct, frozen=True, rename={"author": "from"}):
    """``{"id": "18000000000000001", "parent_id": "...", "text": "price?", "from": {...}, "media": {...}}``."""

    id: str | int | None = None
    comment_id: str | int | None = None
    parent_id: str | int | None = None
    text: str | None = None
    author: _Author | None = None
    media: _Media | None = None


def events_of(field: str, value: msgspec.Raw, own: str, at: datetime) -> Iterator[Event]:
    """What a change tells; a comment below an ad may be told twice, under the same id."""
    if field not in FIELDS:
        yield Unknown(field[:80], "not used yet")
        return
    try:
        comment = msgspec.json.decode(value, type=Comment)
    except UNREADABLE as problem:
        yield Unknown(field, str(problem)[:200])
        return
    external_id = str(comment.id or comment.comment_id or "")
    author = comment.author or _Author()
    if not external_id:
        yield Unknown(field, "a comment needs an id")
    elif str(author.id) == own and comment.parent_id:
        yield Echo(external_id, Sender(""), at, comment.text or "", below=str(comment.parent_id))
    elif str(author.id) == own:
        yield Unknown(field, "of ours, below no comment")
    else:
        yield _incoming(comment, author, external_id, at, live=field == FIELDS[1])


def _incoming(comment: Comment, author: _Author, external_id: str, at: datetime, *, live: bool) -> IncomingMessage:
    parent, media = str(comment.parent_id or ""), comment.media or _Media()
    name = author.username or ""
    return IncomingMessage(
        external_id=external_id,
        sender=Sender(str(author.id or f"unknown:{external_id}"), name, verified=author.id is not None),
        occurred_at=at,
        type=MessageType.TEXT if comment.text else MessageType.UNSUPPORTED,
        text=comment.text or "",
        reply_to=parent or None,
        details=facts(
            public="yes",
            kind=KIND,
            root=parent or external_id,
            post_id=media.id,
            post_kind=media.media_product_type,
            live="yes" if live else "",
            private_as="comment_id",
            referral_id=media.ad_id,
            referral_headline=media.ad_title,
        ),
    )


def is_one(details: Mapping[str, str]) -> bool:
    """Whether these are the facts of a public comment."""
    return details.get("kind") == KIND


def answers_one(message: Outgoing) -> bool:
    """Whether a reply goes below a comment: where one is quoted, and never by chance.

    A Refusal where the contact's last word was public and nothing is quoted: nobody can know what is meant.
    """
    if message.reply_to:
        return is_one(message.reply_to_details)
    last = message.last_incoming
    if last is not None and is_one(last.details):
        reason = "The customer's last words are a public comment. Choose whether to answer it publicly or privately."
        raise Refusal("public-comment", reason)
    return False


def private_steps(account: Account, url: str, message: Outgoing) -> Sequence[Request]:
    """The one message that its author gets alone; the sheet shows words, and nothing else."""
    if message.files:
        raise Refusal("no-files", "A private reply on Instagram carries words alone. Send the file once they answer.")
    texts = texts_of(message, LONGEST_TEXT_BYTES, utf8_bytes)
    if not texts:
        raise Refusal("nothing-to-send", "The answer is empty. Write something.")
    meta_private.refuse_many(texts)
    content: dict[str, Any] = {"text": texts[0]}
    if message.buttons:
        content["quick_replies"] = quick_replies(message)
    return [meta_private.send(account, url, message, content)]


def steps(account: Account, host: str, message: Outgoing) -> Sequence[Request]:
    """The calls that answer a comment in public; Instagram knows two levels, so answers hang on the first one."""
    if message.files:
        raise Refusal("no-files", "A comment on Instagram carries words alone. Send the file in a private message.")
    texts = [one for one in split_text(message.text, LONGEST_BYTES, utf8_bytes) if one.strip()]
    if not texts:
        raise Refusal("nothing-to-send", "The answer is empty. Write something.")
    root = message.reply_to_details.get("root") or message.reply_to or ""
    url = meta.address(account, root, "replies", host=host)
    headers = meta.bearer(account, **{"content-type": "application/x-www-form-urlencoded"})
    return [Request("POST", url, headers, urlencode({"message": one}).encode()) for one in texts]
