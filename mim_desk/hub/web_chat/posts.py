"""What a visitor's page posts: sessions, proofs, messages, typing and read marks; all of it enters through ingest."""

from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from mim_desk.channels.web_chat import payloads
from mim_desk.domain.buttons import key_parts
from mim_desk.domain.conversation import Status
from mim_desk.domain.message import DeliveryStatus, clean_text
from mim_desk.hub.store import attachments
from mim_desk.hub.store import web_chat_sessions as stored
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.web_chat_sessions import Numbered
from mim_desk.hub.web_chat import acts, identity, work
from mim_desk.hub.web_chat.answers import Answer, json_answer
from mim_desk.hub.web_chat.pages import config_of
from mim_desk.hub.web_chat.parts import Call, Chat, address_of, visiting
from mim_desk.hub.web_chat.posting import events_of, ingest
from mim_desk.hub.web_chat.problems import blocked, closed, id_conflict, invalid
from mim_desk.hub.web_chat.sessions import Session, contact_of, with_answers
from mim_desk.hub.web_chat.visitor_view import shown
from mim_desk.hub.web_chat.widgets import Widget
from mim_desk.protocol import rows

_MESSAGE_IDS: Final = UUID("6a1c6b1e-2f0e-5c53-9d0b-0d1f0a5c7e11")
_RECEIPTS_AT_ONCE: Final = 200
_DONE: Final = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.FAILED})


async def post_session(chat: Chat, call: Call) -> Answer:
    """Begin a session or go on with one."""
    wanted = await call.json(payloads.NewSession)
    widget = await chat.widgets.named(wanted.widget)
    if widget.blocks(call.address, []):
        raise blocked()
    now = chat.now()
    if wanted.continues:
        session = await chat.sessions.continued(wanted.continues, now)
        if session.inbox_id != widget.inbox_id:
            raise invalid("The session belongs to another widget.")
        return json_answer(_told(chat, call, session, widget))
    if wanted.resume:
        session = await chat.sessions.checked(wanted.resume, now)
        if session.inbox_id != widget.inbox_id:
            raise invalid("The session belongs to another widget.")
        return json_answer(_told(chat, call, session, widget))
    chat.limiter.take("sessions", address_of(call), widget.limit("sessions_per_hour"), 3600)
    session = chat.sessions.begin(widget, wanted, now)
    return json_answer(_told(chat, call, session, widget), 201)


async def post_identify(chat: Chat, call: Call) -> Answer:
    """Take a proof of who the visitor is."""
    session = await chat.sessions.checked(call.token, chat.now())
    widget = await chat.widgets.named(session.inbox_id)
    chat.limiter.take("identify", session.id, 20, 60)
    chat.limiter.take("identify", address_of(call), 60, 60)
    proof = await call.json(payloads.Proof)
    account = await chat.accounts.account(widget.inbox_id)
    keys = identity.keys_of(account.secrets, widget.settings)
    proven = identity.proven(proof, keys, widget.name, chat.now())
    if widget.blocks(call.address, [proven.external_id]):
        raise blocked()
    fresh, switched = await chat.sessions.identified(session, proven, chat.now())
    if fresh.token != session.token:
        chat.feeds.end(session.id)
    return json_answer({**_told(chat, call, fresh, widget), "switched": switched})


async def post_logout(chat: Chat, call: Call) -> Answer:
    """Revoke the token."""
    session = await chat.sessions.checked(call.token, chat.now())
    await chat.sessions.ended(session)
    chat.feeds.end(session.id)
    return Answer(204)


async def post_message(chat: Chat, call: Call) -> Answer:
    """Take a message; the same ``client_msg_id`` again answers the same ids and does nothing."""
    session, widget = await visiting(chat, call, writes=True)
    post = _valid(await call.json(payloads.NewPost), widget)
    message_id = _message_id(session, post.client_msg_id)
    known = await chat.store.read(partial(stored.message, message_id=message_id))
    if known is not None:
        return await _posted(chat, session, widget, known, post, 200)
    work.check(session, widget, call.headers)
    chat.limiter.take("messages", session.id, widget.limit("messages_per_minute"), 60)
    if most := widget.limit("all_messages_per_minute"):
        chat.limiter.take("messages of all", widget.inbox_id, most, 60)
    if widget.settings.get("after_resolve") == "ask":
        await _refuse_closed(chat, session)
    files = await chat.store.read(partial(_files, session=session, file_ids=post.files(), message_id=message_id))
    hours = chat.available(widget)
    answers = acts.answered(session, widget, hours, post.form) or await _untold(chat, session)
    session = await chat.sessions.kept(with_answers(session, answers))
    lines = acts.lines(session, widget, hours, answers)
    before = chat.store.log.seq
    result = await ingest(chat, session, payloads.Posted(session.visitor, message_id, post, files, lines))
    message = await chat.store.read(partial(stored.message, message_id=message_id))
    if message is None:
        raise invalid("The message could not be stored.")
    if result.new and not session.is_verified:
        await chat.sessions.joined(session)
    status, after = (201, before) if result.new else (200, None)
    return await _posted(chat, session, widget, message, post, status, after)


async def _untold(chat: Chat, session: Session) -> dict[str, str]:
    """Answers that were kept with a first message which then could not be stored: they go with the next."""
    if not (session.is_stored and session.facts.form) or await chat.sessions.contact_id(session) is not None:
        return {}
    return session.facts.form


async def post_typing(chat: Chat, call: Call) -> Answer:
    """Tell the desks that the visitor types; never what."""
    session, widget = await visiting(chat, call, writes=True)
    await call.body(1024)
    if session.is_stored and widget.is_on("show_typing"):
        for event in events_of(session, payloads.TypingPost(session.visitor), chat.now()):
            await chat.tell_typing(session.inbox_id, event)  # type: ignore[arg-type]
    return Answer(204)


async def post_read(chat: Chat, call: Call) -> Answer:
    """The visitor has read up to a message."""
    session, _ = await visiting(chat, call)
    up_to = (await call.json(payloads.UpTo)).up_to
    reply = await chat.store.read(partial(_reply_up_to, session=session, up_to=up_to))
    if reply is not None:
        await ingest(chat, session, payloads.ReadPost(session.visitor, reply))
    return Answer(204)


async def post_received(chat: Chat, call: Call) -> Answer:
    """Replies have reached the visitor's browser."""
    session, _ = await visiting(chat, call)
    up_to = (await call.json(payloads.UpTo)).up_to
    replies = await chat.store.read(partial(_undelivered, session=session, up_to=up_to))
    if replies:
        await ingest(chat, session, payloads.ReceivedPost(session.visitor, replies))
    return Answer(204)


async def post_reopen(chat: Chat, call: Call) -> Answer:
    """The visitor wants to go on after the conversation was resolved."""
    session, _ = await visiting(chat, call, writes=True)
    await call.body(1024)
    if session.is_stored:
        await chat.sessions.reopened(session, chat.now())
    return Answer(204)


def _told(chat: Chat, call: Call, session: Session, widget: Widget) -> dict[str, Any]:
    return {
        "session_token": session.token,
        "session_id": session.id,
        "expires_at": session.expires_at,
        "config": config_of(widget, session.locale or call.headers.get("accept-language", ""), chat.available(widget)),
        "last_event_id": chat.store.log.seq,
        "identified": session.is_verified,
        "work": work.asked(session, widget),
        "form_done": session.is_stored or session.is_verified,
    }


def _valid(post: payloads.NewPost, widget: Widget) -> payloads.NewPost:
    try:
        client_msg_id = str(UUID(post.client_msg_id))
    except ValueError as problem:
        raise invalid("client_msg_id must be a UUID.") from problem
    text = clean_text(post.text)
    if len(text) > widget.max_text:
        raise invalid(f"A message has at most {widget.max_text} characters.")
    files = post.files()
    if len(files) > widget.limit("files_per_message"):
        raise invalid(f"A message has at most {widget.limit('files_per_message')} files.")
    needs = {"text": text, "file": files, "choice": post.choice, "location": post.location}
    if not needs[post.kind] or (files and post.kind != "file"):
        raise invalid(f"A message of the kind {post.kind} needs its {post.kind}, and only that may carry files.")
    if post.location and not (abs(post.location.latitude) <= 90 and abs(post.location.longitude) <= 180):
        raise invalid("The place lies nowhere.")
    if post.choice and not (0 < len(post.choice.id) <= 200 and 0 < len(clean_text(post.choice.title)) <= 200):
        raise invalid("A choice has an id and a title of 1 to 200 characters.")
    return msgspec.structs.replace(post, client_msg_id=client_msg_id, text=text, file_id=None, file_ids=files)


def _message_id(session: Session, client_msg_id: str) -> str:
    """Our id of the message: the same for the same session and client id, never another session's."""
    return str(uuid5(_MESSAGE_IDS, f"{session.id}:{client_msg_id}"))


def _files(conn: Connection, session: Session, file_ids: list[str], message_id: str) -> list[payloads.StoredFile]:
    found = []
    for file_id in dict.fromkeys(file_ids):
        row = attachments.by_id(conn, file_id)
        taken = attachments.message_of(conn, file_id) if row else None
        if row is None or attachments.owner(conn, file_id) != session.id or taken not in (None, message_id):
            raise invalid("There is no such uploaded file. Upload it again.")
        found.append(payloads.StoredFile(row.id, row.name, row.mime_type, row.size, row.width, row.height))
    return found


async def _refuse_closed(chat: Chat, session: Session) -> None:
    def last(conn: Connection) -> rows.Conversation | None:
        contact = contact_of(conn, session)
        found = stored.conversations(conn, contact) if contact else []
        return found[0] if found else None

    conversation = await chat.store.read(last)
    if conversation is None or conversation.status is not Status.RESOLVED or conversation.resolved_at is None:
        return
    if session.facts.reopened_at < conversation.resolved_at.timestamp() * 1000:
        raise closed()


async def _posted(
    chat: Chat,
    session: Session,
    widget: Widget,
    message: rows.Message,
    post: payloads.NewPost,
    status: int,
    after: int | None = None,
) -> Answer:
    """The answer; ``after`` is where the log stood before the message was new."""
    if not _same(message, post):
        raise id_conflict()

    def ids(conn: Connection) -> tuple[int, int]:
        return stored.first_event(conn, message, after), stored.place_of(conn, message.id)

    event_id, place = await chat.store.read(ids)
    told = shown(Numbered(place, message), session, widget, chat.sign(session), [])
    body = {"event_id": event_id, "message_id": message.id, "ts": message.received_at, "message": told}
    return json_answer(body, status)


def _same(message: rows.Message, post: payloads.NewPost) -> bool:
    """Whether the stored message is the posted one (deleting or editing it since makes no other of it)."""
    if message.edited_at is not None or message.deleted_at is not None:
        return True
    choice = _chosen(message, post)
    place = (post.location.latitude, post.location.longitude) if post.location else None
    return (
        message.text == (post.text or (choice[1] if choice else ""))
        and [file.id for file in message.attachments] == list(dict.fromkeys(post.files()))
        and (message.reply_to.message_id if message.reply_to else None) == post.reply_to
        and ((message.choice.id, message.choice.title) if message.choice else None) == choice
        and ((message.location.latitude, message.location.longitude) if message.location else None) == place
    )


def _chosen(message: rows.Message, post: payloads.NewPost) -> tuple[str, str] | None:
    """What was posted as the choice; of a reply's button the store keeps its own id and words."""
    if post.choice is None:
        return None
    key = key_parts(post.choice.id)
    if key is not None and message.choice and message.reply_to and message.reply_to.message_id == key[0]:
        return message.choice.id, message.choice.title
    return post.choice.id, clean_text(post.choice.title)


def _reply_up_to(conn: Connection, session: Session, up_to: str) -> str | None:
    """The newest visible reply up to a message, named by its id or by a number of the stream."""
    contact = contact_of(conn, session)
    if contact is None:
        return None
    if up_to.isascii() and up_to.isdigit() and len(up_to) < 19:
        return stored.message_of_event(conn, session.sight, contact, int(up_to))
    named = stored.visible(conn, session.sight, contact, [up_to])
    if not named:
        return None
    replies = stored.replies_up_to(conn, session.sight, contact, named[0].place, 1)
    return replies[0].message.id if replies else None


def _undelivered(conn: Connection, session: Session, up_to: str) -> list[str]:
    contact = contact_of(conn, session)
    newest = _reply_up_to(conn, session, up_to)
    if contact is None or newest is None:
        return []
    place = stored.place_of(conn, newest)
    found = stored.replies_up_to(conn, session.sight, contact, place, _RECEIPTS_AT_ONCE)
    replies = [one.message for one in found]
    return [one.id for one in replies if one.delivery is None or one.delivery.status not in _DONE]
