"""A conversation below a post of a Page, beside the Page's Messenger, for tests of screens."""

from datetime import timedelta

import msgspec

from mim_desk.desk.cache.apply import Batch
from mim_desk.domain.message import AuthorType, MessageKind
from mim_desk.protocol import rows
from tests.desk.workspace import an_id, contact_id, conversation_id
from tests.ui.stage import Stage

NUMBER = 1
PAGE, MESSENGER = an_id(4, 61), an_id(4, 62)
RULES = rows.CommentSheet(604_800, "messenger", "page_id", hiding=True, deleting=True, liking=True)
FACTS = {"public": "yes", "kind": "comment", "root": "880001_1", "private_as": "comment_id"}
_PAGE_ID = {"page_id": "701000000000001"}


def comment(stage: Stage, text: str = "Price please?", place: int = 1, days: float = 0.0, **told: str) -> rows.Message:
    """A public comment of the first contact's, some days old."""
    at = stage.home.now - timedelta(days=days)
    return rows.Message(
        id=an_id(7, 9000 + place),
        conversation_id=conversation_id(NUMBER),
        contact_id=contact_id(NUMBER),
        inbox_id=PAGE,
        kind=MessageKind.INCOMING,
        author=rows.Author(AuthorType.CONTACT, contact_id(NUMBER)),
        occurred_at=at,
        received_at=at,
        text=text,
        external_id=f"880001_{place}",
        details={**FACTS, **told},
    )


def talk_below_a_post(stage: Stage, *messages: rows.Message, messenger: bool = True) -> None:
    """The first contact's conversation is one below a post."""
    known = stage.run(stage.session.cache.inboxes())[0]
    row = stage.run(stage.session.cache.conversation(conversation_id(NUMBER)))
    person = stage.run(stage.session.cache.contact(contact_id(NUMBER)))
    sheet = msgspec.structs.replace(known.capabilities, text_length=8000, comments=RULES, reply_window_s=None)
    private = msgspec.structs.replace(known.capabilities, text_length=8000, part_length=2000, reply_window_s=604_800)
    made = [rows.Inbox(PAGE, "Juniper's Page", "facebook_comments", known.brand, sheet, settings=_PAGE_ID)]
    if messenger:
        made.append(rows.Inbox(MESSENGER, "Messenger", "messenger", known.brand, private, settings=_PAGE_ID))
    newest = messages[-1]
    last = rows.LastMessage(newest.id, newest.kind, newest.type, newest.text[:200], newest.author, newest.occurred_at)
    identity = rows.Identity("facebook_comments", PAGE, "9100000000000077", person.name, verified=True)
    told = [
        *(("inbox", one) for one in made),
        ("contact", msgspec.structs.replace(person, identities=[identity], version=person.version + 1)),
        (
            "conversation",
            msgspec.structs.replace(
                row, inbox_id=PAGE, last_message=last, reply_window_until=None, version=row.version + 1
            ),
        ),
        *(("message", one) for one in messages),
    ]
    batch = Batch()
    for type_, each in told:
        batch.put(type_, each, msgspec.json.encode(each))
    stage.publish(stage.run(stage.session.cache.apply(lambda: batch, 1001)))
    stage.pause(0.1)
