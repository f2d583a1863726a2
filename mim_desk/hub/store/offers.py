"""What a contact chose of a reply's buttons: by the key of the press, or in words where that reply was the last."""

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.buttons import Button, chosen, key_parts
from mim_desk.domain.message import MessageKind, MessageType
from mim_desk.hub.store import message_rows
from mim_desk.protocol import rows


def of_reply(message: rows.Message) -> str | None:
    """The reply's id where the next message may answer it in words."""
    offers = message.kind is MessageKind.REPLY and any(not (one.url or one.asks_place) for one in message.buttons)
    return message.id if offers else None


def linked(conn: Connection, message: rows.Message, offered: str | None) -> rows.Message:
    """An incoming message with the choice it makes of a reply's buttons, and that reply as what it answers."""
    key = key_parts(message.choice.id) if message.choice else None
    if key is not None:
        sent = _sent(conn, message, key[0])
        button = sent.buttons[key[1]] if sent and 0 <= key[1] < len(sent.buttons) else None
    elif offered is not None and message.type in (MessageType.TEXT, MessageType.CHOICE) and not message.attachments:
        sent = _sent(conn, message, offered)
        button = _in_words(message.text, sent.buttons) if sent else None
    else:
        return message
    return message if sent is None or button is None else _with(message, sent, button)


def _sent(conn: Connection, message: rows.Message, sent_id: str) -> rows.Message | None:
    """The reply with the buttons, where it went to the same contact."""
    sent = message_rows.by_id(conn, sent_id)
    return sent if sent is not None and sent.contact_id == message.contact_id else None


def _in_words(text: str, buttons: list[rows.Button]) -> rows.Button | None:
    plain = [Button(one.title, str(place), one.url, asks_place=one.asks_place) for place, one in enumerate(buttons)]
    found = chosen(text, plain)
    return buttons[int(found.id)] if found else None


def _with(message: rows.Message, sent: rows.Message, button: rows.Button) -> rows.Message:
    named = message.reply_to.external_id if message.reply_to else None
    return msgspec.structs.replace(
        message,
        type=MessageType.CHOICE,
        text=message.text if key_parts(message.text) is None else button.title,
        choice=rows.Choice(button.id, button.title),
        reply_to=rows.ReplyTo(sent.id, named),
    )
