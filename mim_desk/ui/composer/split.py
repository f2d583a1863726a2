"""Into how many messages a reply falls, and where each ends: worked out as the channel will do it."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mim_desk.domain.buttons import Button, ButtonLimits, in_words
from mim_desk.domain.sms_segments import SmsRules, segments
from mim_desk.domain.splitting import parts_before, split_text
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.sentence import SentenceLine
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme

_TAIL = 28
"""Characters of a part that say where it ends."""
_MOST_ENDS = 3


@dataclass(frozen=True)
class Split:
    """A reply as it will leave.

    Attributes:
        parts: its messages.
        sms: how many SMS they are, 0 where the channel has none.
        foreign: what keeps the text out of the short alphabet of SMS.
    """

    parts: tuple[str, ...]
    sms: int = 0
    foreign: tuple[str, ...] = ()


def limits_of(sheet: rows.CapabilitySheet) -> ButtonLimits | None:
    """What an inbox carries of buttons, None where they are words."""
    return ButtonLimits(**msgspec.structs.asdict(sheet.button_limits)) if sheet.button_limits else None


def plain(buttons: Sequence[rows.Button]) -> list[Button]:
    """Buttons of a row as the rules take them."""
    return [
        Button(one.title, one.id, one.url, one.description, one.section, asks_place=one.asks_place) for one in buttons
    ]


def split_of(text: str, sheet: rows.CapabilitySheet, buttons: Sequence[rows.Button] = ()) -> Split:
    """How a text leaves through an inbox."""
    text, limits, offered = text.strip(), limits_of(sheet), plain(buttons)
    if offered and limits is None:
        text = in_words(text, offered)
    most, size = sheet.part_length or sheet.text_length, sheet.counted.size
    if not text or most <= 0:
        return Split((text,) if text else ())
    if offered and limits is not None:
        parts = parts_before(text, most, limits.text_room(offered), size)
    else:
        parts = split_text(text, most, size)
    told = [part for part in parts if part.strip()]
    if not sheet.segments:
        return Split(tuple(told))
    rules = SmsRules(**msgspec.structs.asdict(sheet.sms))
    found = [segments(part, rules) for part in told]
    foreign = tuple(dict.fromkeys(char for one in found for char in one.foreign))
    return Split(tuple(told), sum(one.count for one in found), foreign)


def said(split: Split) -> str:
    """The split in words, empty when the reply leaves in one piece."""
    count = len(split.parts)
    if count < 2:
        return ""
    told = tr("Leaves as %n messages.", count).replace("%n", texts.count(count))
    ends = [texts.isolated(f"…{_end(part)}") for part in split.parts[: min(count - 1, _MOST_ENDS)]]
    cut = tr("Cut after {places}").format(places=", ".join(ends))
    return f"{told} {cut}"


def sms_said(split: Split) -> str:
    """How many SMS, and why so many where a character costs."""
    if not split.sms:
        return ""
    told = tr("%n SMS", split.sms).replace("%n", texts.count(split.sms))
    if split.foreign:
        shown = " ".join(split.foreign[:3])
        return tr("{count}, of 70 characters because of {characters}").format(count=told, characters=shown)
    return told


def _end(part: str) -> str:
    words = texts.one_line(part.strip(), len(part) + 1)
    return words[-_TAIL:].lstrip()


class SplitLine(SentenceLine):
    """Says into how many messages a long reply falls, before it is sent."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.hide()

    def tell(self, split: Split) -> None:
        """Another split; nothing for one piece."""
        words = " ".join(part for part in (said(split), sms_said(split)) if part)
        if words == self.words:
            return
        self.say(words)
        self.setToolTip(texts.tooltip("\n\n".join(part.strip()[:300] for part in split.parts[:10])))
        self.setVisible(bool(words))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it quietly."""
        self.draw(QPainter(self), "all_conversations", self.theme.color("text-secondary"))
