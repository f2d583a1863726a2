"""Answering a public comment in private: one message, addressed by the comment, on Messenger and on Instagram.

https://developers.facebook.com/docs/messenger-platform/discovery/private-replies
https://developers.facebook.com/docs/instagram-platform/private-replies
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Outgoing, Request, Response, Step
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.meta_bodies import read
from mim_desk.domain.refusal import Refusal

_NAMES: Final = ("comment_id", "post_id")


class _Comment(msgspec.Struct, frozen=True):
    """``{"id": "880001_990001", "can_reply_privately": true, "private_reply_conversation": {"id": "t_1"}}``."""

    can_reply_privately: bool | None = None
    private_reply_conversation: Any = None


def refuse_many(contents: Sequence[object]) -> None:
    """Raise a Refusal unless it is one message: a second one waits until the person answers."""
    if len(contents) > 1:
        reason = "A private reply is one message: one text of moderate length, or one file. Shorten it, or send the rest once they answer."
        raise Refusal("one-message", reason)


def send(account: Account, url: str, message: Outgoing, content: Mapping[str, Any]) -> Request:
    """The call that sends it; neither a messaging type nor a quote stands in it."""
    headers = meta.bearer(account, **{"content-type": "application/json"})
    body = {"recipient": _recipient(message), "message": content}
    return Request("POST", url, headers, msgspec.json.encode(body))


def looked_up_first(account: Account, message: Outgoing, steps: Sequence[Step]) -> list[Step]:
    """The calls, after asking whether the comment still takes a private reply; Facebook alone tells it, of comments."""
    recipient = _recipient(message)
    first, *others = steps
    if "comment_id" not in recipient or not isinstance(first, Request):
        return [first, *others]
    fields = "can_reply_privately,private_reply_conversation"
    url = meta.address(account, recipient["comment_id"], fields=fields)
    look = Request("GET", url, meta.bearer(account), prepares=True, asks=True)

    def allowed(answer: Response) -> Request:
        _refuse(answer)
        return first

    return [look, allowed, *others]


def _recipient(message: Outgoing) -> dict[str, str]:
    name = message.reply_to_details.get("private_as", "")
    if not message.reply_to or name not in _NAMES:
        raise Refusal("no-comment", "Only a comment, or a visitor's post, can be answered privately.")
    return {name: message.reply_to}


def _refuse(answer: Response) -> None:
    """Raise a Refusal where Facebook says no; where it says nothing, the call itself will tell."""
    told = read(_Comment, answer.body) if 200 <= answer.status < 300 else None
    if told is None:
        return
    if told.private_reply_conversation:
        raise Refusal("answered-privately", "There is a private reply to this comment already. Look into Messenger.")
    if told.can_reply_privately is False:
        reason = "Facebook takes no private reply to this comment: it is too old, answered already, or its author allows none."
        raise Refusal("not-private", reason)
