"""Buttons of a reply on their way out: the text in parts, the last of them right above the buttons."""

from collections.abc import Sequence
from itertools import groupby

from mim_desk.channels.base import Outgoing
from mim_desk.channels.shared.splitting import Size, parts_before, split_text
from mim_desk.domain.buttons import Button, Form, form_of


def texts_of(message: Outgoing, longest: int, size: Size = len, *, keep_blank: bool = False) -> list[str]:
    """The text in parts; where there are buttons, the last has the length that may stand above them.

    Parts of white space alone are left out, unless the provider takes them (``keep_blank``).
    """
    limits = message.button_limits
    if message.buttons and limits is not None:
        parts = parts_before(message.text, longest, limits.text_room(message.buttons), size)
    else:
        parts = split_text(message.text, longest, size)
    return [one for one in parts if one.strip() or (keep_blank and one)]


def is_list(message: Outgoing) -> bool:
    """Whether the buttons are rows of a list."""
    return form_of(message.buttons, message.button_limits) is Form.LIST


def sections(buttons: Sequence[Button]) -> list[tuple[str, list[Button]]]:
    """Rows of a list under their headings, in their order."""
    return [(title, list(rows)) for title, rows in groupby(buttons, key=lambda one: one.section)]
