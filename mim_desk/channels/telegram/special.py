"""Words and files of messages that are more than a text or a file: rich messages, games, invoices, paid media, gifts.

https://core.telegram.org/bots/api#message
"""

from collections.abc import Iterable
from typing import Final

from mim_desk.channels.telegram import payloads

_INSIDE: Final = ("blocks", "items", "cells", "rows")
"""Where blocks of a rich message hold further ones."""
_SAID: Final = ("summary", "text", "expression", "credit")


def words(message: payloads.Message) -> str:
    """What can be said of it; empty where it is none of these."""
    titled = message.game or message.invoice
    if titled is not None:
        return _lines((titled.title, titled.description))
    if message.gift is not None:
        return message.gift.text
    return rich_words(message.rich_message)


def rich_words(told: object) -> str:
    """The words of a rich message, a line for each block (https://core.telegram.org/bots/api#richmessage)."""
    return _lines(_block(told))


def paid_files(message: payloads.Message) -> list[tuple[bool, payloads.File]]:
    """The pictures and films that were paid for, each with whether it is a film."""
    found: list[tuple[bool, payloads.File]] = []
    for one in message.paid_media.paid_media if message.paid_media is not None else ():
        if one.video is not None:
            found.append((True, one.video))
        elif one.photo:
            found.append((False, largest(one.photo)))
    return found


def largest(sizes: list[payloads.File]) -> payloads.File:
    """The largest of the sizes of one picture."""
    return max(sizes, key=lambda one: ((one.width or 0) * (one.height or 0), one.file_size))


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(part.strip() for part in parts if part.strip())


def _block(told: object) -> list[str]:
    if isinstance(told, list):
        return [line for one in told for line in _block(one)]
    if not isinstance(told, dict):
        return []
    own = [_inline(told[key]) for key in _SAID if key in told]
    caption = told.get("caption")
    own += _block(caption) if isinstance(caption, dict) else [_inline(caption)]
    return own + [line for key in _INSIDE for line in _block(told.get(key))]


def _inline(told: object) -> str:
    """A text in parts, some of them with a style or an address, in each other."""
    if isinstance(told, str):
        return told
    if isinstance(told, list):
        return "".join(_inline(one) for one in told)
    return _inline(told.get("text")) if isinstance(told, dict) else ""
