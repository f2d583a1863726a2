"""Asking Facebook for comments that no webhook brought: the Page's newest posts with their newest comments.

https://developers.facebook.com/docs/graph-api/reference/page/feed/
Edits, removals and reactions are not found this way, nor comments below ads that are no posts of the Page.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Action, Poll, Refused, Request, Response
from mim_desk.channels.facebook_comments import payloads
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.shared.meta import Rules
from mim_desk.channels.shared.meta_polled import NEVER
from mim_desk.channels.shared.meta_polling import every_s, instant, is_fresh, refused_poll, stamp

_COMMENTS: Final = (
    "comments.limit(50).order(reverse_chronological).filter(stream){id,message,from,created_time,parent,is_hidden}"
)
_FIELDS: Final = f"id,created_time,{_COMMENTS}"
_posts: Final = msgspec.json.Decoder(payloads.Posts)
_post: Final = msgspec.json.Decoder(payloads.PolledPost)
_comment: Final = msgspec.json.Decoder(payloads.Polled)


def next_poll(account: Account, cursor: str) -> Request:
    """The question for what is new."""
    page = str(account.settings.get("page_id") or "")
    return Request("GET", meta.address(account, page, "feed", fields=_FIELDS), meta.bearer(account))


def read_poll(rules: Rules, service: str, account: Account, cursor: str, response: Response) -> Poll | Refused:
    """Comments since the last look; on the first one none.

    The cursor is the time of the newest comment at the first look, a space, and that of the newest one by now.
    """
    if not 200 <= response.status < 300:
        told = refused_poll(rules, service, account, cursor, response, is_part=False)
        return told or Poll((), cursor, every_s(account))
    posts = read(_posts, response.body)
    if posts is None:
        return Refused(Action.RETRY, f"{service}'s answer could not be read; trying again.", "unreadable")
    found = [(post, one) for post, one in _listed(posts) if one.id and instant(one.created_time)]
    found.sort(key=lambda each: stamp(each[1].created_time))
    page = str(account.settings.get("page_id") or "")
    floor, _, since = cursor.partition(" ")
    fresh = [each for each in found if since and is_fresh(each[1].created_time, floor, since)]
    items = tuple(_delivery(page, post, one) for post, one in fresh)
    newest = max((since or NEVER, *(one.created_time for _, one in found)), key=stamp)
    return Poll(items, f"{floor if since else newest} {newest}", every_s(account))


def _listed(posts: payloads.Posts) -> Iterator[tuple[payloads.PolledPost, payloads.Polled]]:
    """Comments with their posts, oldest first in each; one that cannot be read costs no other."""
    for post in filter(None, (read(_post, raw) for raw in posts.data)):
        for one in filter(None, (read(_comment, raw) for raw in reversed(post.comments.data))):
            yield post, one


def _delivery(page: str, post: payloads.PolledPost, comment: payloads.Polled) -> bytes:
    """The comment as the webhook would have told it, those of the Page's own among them."""
    author = comment.author or payloads.Person()
    value: dict[str, Any] = {
        "item": "comment",
        "verb": "add",
        "post_id": post.id,
        "comment_id": comment.id,
        "parent_id": comment.parent.id if comment.parent and comment.parent.id else post.id,
        "from": {"id": author.id, "name": author.name} if author.id else None,
        "message": comment.message,
        "created_time": int(stamp(comment.created_time)),
    }
    change = {"field": "feed", "value": {name: told for name, told in value.items() if told}}
    return msgspec.json.encode({"object": "page", "entry": [{"id": page, "changes": [change]}]})
