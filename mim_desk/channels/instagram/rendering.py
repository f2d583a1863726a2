"""Writing a reply as calls of Instagram: texts in parts, pictures together, every other file by itself."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, Request, Sticker
from mim_desk.channels.shared.meta_cards import card_of
from mim_desk.channels.shared.meta_sends import kind_of, quick_replies, send
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import utf8_bytes
from mim_desk.domain.refusal import Refusal

LONGEST_TEXT_BYTES: Final = 1000
MOST_PICTURES: Final = 10


def steps(account: Account, url: str, message: Outgoing) -> Sequence[Request]:
    """The calls that send a reply; a Refusal where there is nothing to send."""
    card = card_of(message)
    if card is not None:
        return [send(account, url, message, card, is_first=True)]
    contents: list[dict[str, Any]] = [{"text": one} for one in texts_of(message, LONGEST_TEXT_BYTES, utf8_bytes)]
    files = [*_files(message.files), *_enclosed(message)]
    if message.buttons and contents:
        contents[-1]["quick_replies"] = quick_replies(message)
        contents = [*files, *contents]
    else:
        contents += files
    if not contents:
        raise Refusal("nothing-to-send", "The message is empty. Write something or add a file.")
    return [send(account, url, message, one, is_first=place == 0) for place, one in enumerate(contents)]


def _enclosed(message: Outgoing) -> list[dict[str, Any]]:
    """Instagram's one sticker, the heart."""
    told = message.enclosed
    return [{"attachment": {"type": told.id}}] if isinstance(told, Sticker) else []


def _files(files: Sequence[OutgoingFile]) -> Iterator[dict[str, Any]]:
    pictures = [_attachment(file) for file in files if kind_of(file) == "image"]
    for start in range(0, len(pictures), MOST_PICTURES):
        group = pictures[start : start + MOST_PICTURES]
        yield {"attachments": group} if len(group) > 1 else {"attachment": group[0]}
    for file in files:
        if kind_of(file) != "image":
            yield {"attachment": _attachment(file)}


def _attachment(file: OutgoingFile) -> dict[str, Any]:
    if not file.url:
        reason = "Instagram fetches files from this hub, which has no public address. Send a link in words instead."
        raise Refusal("no-public-address", reason)
    return {"type": kind_of(file), "payload": {"url": file.url}}
