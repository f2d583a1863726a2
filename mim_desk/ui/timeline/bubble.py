"""Exact geometry of one timeline entry at one width; painting and clicking read it."""
# long: one maker lays out every part of a bubble, since each part moves those below it

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainterPath

from mim_desk.desk.shapes import TimelineItem
from mim_desk.domain.message import AttachmentState, MessageType
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.timeline import facts, offered, spots, wording
from mim_desk.ui.timeline import ink as sizes
from mim_desk.ui.timeline.entries import Entry, Shape
from mim_desk.ui.timeline.ink import Ink
from mim_desk.ui.timeline.shown_text import Shown, file_name, shown
from mim_desk.ui.timeline.spots import Spot, SpotKind
from mim_desk.ui.timeline.text_block import Marks, TextBlock

IMAGE_TYPES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
"""What is decoded; customers' SVG never is (reliability.md, section 6)."""

_RULE_HEIGHT: Final = 32.0
_SENDER_HEIGHT: Final = 21.0
_SHOW_ALL_HEIGHT: Final = 22.0
_FOOT_GAP: Final = 4.0
_CHIP: Final = 20.0
_QUOTE_BAR: Final = 10.0
_OFFERED: Final = ("offered", "link_offered")


@dataclass(slots=True)
class Bubble:
    """One laid-out entry; coordinates start at the column's left edge and the entry's top.

    Attributes:
        height: of the whole entry with what stands above and below the bubble.
        frame: the bubble or card, empty for a system line or pure images.
        text, text_at: the words and where they start.
        quoted: one line of the quoted message.
        meta: where the time and ticks stand; ``meta_words`` the time, ``author`` who answered by itself.
        shape: the drawn outline of ``frame``, kept by the painting.
        foot: sentence under a failed or held bubble.
        spots: what can be clicked.
        body_top: below rules and the sender line.
    """

    entry: Entry
    width: float
    height: float = 0.0
    frame: QRectF = field(default_factory=QRectF)
    text: TextBlock | None = None
    text_at: QPointF = field(default_factory=QPointF)
    cut: bool = False
    quoted: str = ""
    meta: QRectF = field(default_factory=QRectF)
    meta_words: str = ""
    author: str = ""
    meta_on_image: bool = False
    foot: TextBlock | None = None
    foot_at: QPointF = field(default_factory=QPointF)
    foot_role: str = "danger"
    spots: list[Spot] = field(default_factory=list)
    body_top: float = 0.0
    shape: QPainterPath | None = None

    @property
    def outline(self) -> QRectF:
        """Everything that belongs to the message, for hover and focus."""
        area = QRectF(self.frame)
        for spot in self.spots:
            if spot.kind == "image":
                area = area.united(spot.rect)
        return area


class BubbleMaker:
    """Lays entries out for one width and direction of the window.

    Attributes:
        names: of agents, by id.
        quotes: one line of each quoted message by the id of the one that quotes it.
        image_sizes: sizes learnt by decoding, by attachment id.
        unfolded: ids of messages whose quoted text is shown.
    """

    def __init__(self, ink: Ink, width: float, *, rtl: bool, language: str = "") -> None:
        self.ink = ink
        self.width = width
        self.rtl = rtl
        self.language = language
        self.names: Mapping[str, str] = {}
        self.quotes: dict[str, str] = {}
        self.image_sizes: dict[str, QSizeF] = {}
        self.unfolded: set[str] = set()
        self._limit = min(width * ink.bubble_share, ink.bubble_max)

    def made(self, entry: Entry) -> Bubble:
        """The geometry of ``entry``."""
        bubble = Bubble(entry, self.width, meta_words=meta_text(entry))
        bubble.quoted = self.quotes.get(entry.id, "")
        if entry.shape is Shape.AUTOMATIC:
            bubble.author = author_text(entry.item)
        top = _RULE_HEIGHT if entry.rule_day is not None else 0.0
        top += _RULE_HEIGHT if entry.new_above else 0.0
        if entry.shape is Shape.LINE:
            self._line(bubble, top)
        elif entry.shape is Shape.NOTE:
            self._note(bubble, top)
        else:
            self._message(bubble, top)
        if self.rtl:
            _mirror(bubble)
        return bubble

    def _line(self, bubble: Bubble, top: float) -> None:
        sentence = wording.line_text(bubble.entry.item, self.names)
        room = self.width - sizes.ICON_LINE - 6
        font = self.ink.theme.font("meta", script=texts.script_of(sentence, self.language))
        block = TextBlock(sentence, font, self.ink.meta_line, room)
        left = (self.width - block.width + sizes.ICON_LINE + 6) / 2
        bubble.text, bubble.text_at = block, QPointF(left, top + sizes.GAP_WIDE)
        bubble.body_top = top + sizes.GAP_WIDE
        bubble.height = bubble.body_top + block.height + 2

    def _note(self, bubble: Bubble, top: float) -> None:
        bubble.body_top = top + sizes.GAP_WIDE
        left, width = self.width - self._limit, self._limit
        shown_part = shown(wording.body(bubble.entry.item.message))
        marks = Marks(self.ink.color("note-text"), mentions=True)
        block = self._block(shown_part, width - 2 * sizes.PAD_X, marks)
        head = self.ink.meta_line + 2
        y = bubble.body_top + sizes.NOTE_PAD_Y
        bubble.meta = QRectF(left + sizes.PAD_X, y, width - 2 * sizes.PAD_X, self.ink.meta_line)
        bubble.text, bubble.text_at = block, QPointF(self._text_left(block, left + sizes.PAD_X, width), y + head)
        y += head + block.height
        y = self._files(bubble, left + sizes.PAD_X, y, width - 2 * sizes.PAD_X)
        y = self._show_all(bubble, shown_part, left + sizes.PAD_X, y)
        bubble.frame = QRectF(left, bubble.body_top, width, y + sizes.NOTE_PAD_Y - bubble.body_top)
        self._foot(bubble, bubble.frame.bottom())

    def _message(self, bubble: Bubble, top: float) -> None:
        entry = bubble.entry
        top += sizes.GAP_RUN if entry.tight else sizes.GAP
        top += _SENDER_HEIGHT if entry.sender else 0.0
        bubble.body_top = top
        y = self._images(bubble, top)
        shown_part = shown(spots.words(entry.item.message, unfolded=entry.id in self.unfolded))
        if self._needs_frame(bubble, shown_part):
            y += sizes.GAP_RUN if y > top else 0.0
            y = self._frame(bubble, shown_part, y)
        y = self._reactions(bubble, y)
        self._foot(bubble, y)

    def _needs_frame(self, bubble: Bubble, part: Shown) -> bool:
        message = bubble.entry.item.message
        files = not all(is_picture(a) for a in message.attachments)
        told = part.text or bubble.quoted or facts.captions(bubble.entry.item)
        return bool(told or files or message.location is not None or not message.attachments)

    def _frame(self, bubble: Bubble, part: Shown, top: float) -> float:
        inner = self._limit - 2 * sizes.PAD_X
        y = top + sizes.PAD_Y
        wide = 0.0
        if bubble.quoted:
            wide = min(_QUOTE_BAR + self._body_width(bubble.quoted), inner)
            bubble.spots.append(Spot("quote", QRectF(0, y, 0, self.ink.body_line), bubble.quoted))
            y += self.ink.body_line + 4
        y = self._captions(bubble, y, inner)
        y = self._files(bubble, 0.0, y, inner)
        y = self._place(bubble, 0.0, y, inner)
        wide = max([wide, *(spot.rect.width() for spot in bubble.spots if spot.kind in ("file", "place", "fact"))])
        if part.text:
            block = self._block(part, inner, Marks(self.ink.color("accent-text")))
            bubble.text, bubble.text_at = block, QPointF(0, y)
            y += block.height
            wide = max(wide, block.width)
        y = spots.add_fold(bubble.spots, bubble.entry.item.message, self._show_all(bubble, part, 0.0, y))
        y = self._offered(bubble, y, inner)
        lower = ("show_all", "fold", *_OFFERED)
        wide = max([wide, *(spot.rect.right() for spot in bubble.spots if spot.kind in lower)])
        return self._close_frame(bubble, top, y, wide, inner)

    def _offered(self, bubble: Bubble, top: float, inner: float) -> float:
        buttons = bubble.entry.item.message.buttons
        found, bottom = offered.pills(buttons, self.ink, top, inner)
        for (rect, words), button in zip(found, buttons, strict=True):
            bubble.spots.append(Spot("link_offered" if button.url else "offered", rect, words))
        return bottom

    def _captions(self, bubble: Bubble, top: float, inner: float) -> float:
        y = top
        for line in facts.captions(bubble.entry.item):
            width = min(self.ink.meta_metrics.horizontalAdvance(line) + 2, inner)
            bubble.spots.append(Spot("fact", QRectF(0, y, width, self.ink.meta_line), line))
            y += self.ink.meta_line
        return y

    def _close_frame(self, bubble: Bubble, top: float, y: float, wide: float, inner: float) -> float:
        meta = self._meta_width(bubble)
        block = bubble.text
        joined = block is not None and not bubble.cut and not spots.quoted(bubble.entry.item.message)
        joined = joined and block is not None and block.rtl == self.rtl
        joined = joined and not bubble.entry.item.message.buttons
        if joined and block is not None and block.last_width + sizes.META_GAP + meta <= inner:
            wide = max(wide, block.last_width + sizes.META_GAP + meta)
            meta_top = y - block.line_height + sizes.META_DROP
            bottom = max(y, meta_top + self.ink.meta_line)
        else:
            wide = max(wide, meta)
            meta_top, bottom = y + 3, y + 3 + self.ink.meta_line
        width = wide + 2 * sizes.PAD_X
        left = self.width - width if bubble.entry.mine else 0.0
        bubble.frame = QRectF(left, top, width, bottom + sizes.PAD_Y - top)
        bubble.meta = QRectF(left + width - sizes.PAD_X - meta, meta_top, meta, self.ink.meta_line)
        self._shift_inside(bubble, left + sizes.PAD_X, wide)
        return bubble.frame.bottom()

    def _shift_inside(self, bubble: Bubble, left: float, wide: float) -> None:
        for spot in bubble.spots:
            if spot.kind in ("file", "place", "show_all", "fold", "fact", *_OFFERED):
                spot.rect.translate(left, 0)
            elif spot.kind == "quote":
                spot.rect = QRectF(left, spot.rect.y(), wide, spot.rect.height())
        if bubble.text is not None:
            x = left + wide - bubble.text.width if bubble.text.rtl != self.rtl else left
            bubble.text_at = QPointF(x, bubble.text_at.y())

    def _text_left(self, block: TextBlock, left: float, width: float) -> float:
        return left + width - 2 * sizes.PAD_X - block.width if block.rtl != self.rtl else left

    def _block(self, part: Shown, width: float, marks: Marks) -> TextBlock:
        font = self.ink.message_font(texts.script_of(part.text, self.language))
        return TextBlock(part.text, font, self.ink.message_line, width, rtl=self.rtl, marks=marks)

    def _body_width(self, text: str) -> float:
        return float(texts.metrics(self.ink.body).horizontalAdvance(text))

    def _meta_width(self, bubble: Bubble) -> float:
        entry = bubble.entry
        width = self.ink.meta_width(bubble.meta_words)
        if bubble.author:
            width += sizes.ICON_META + 12 + self.ink.meta_width(bubble.author)
        if entry.mine and wording.tick(entry.item):
            width += sizes.ICON_TICK + 4
        return float(width)

    def _images(self, bubble: Bubble, top: float) -> float:
        images = [a for a in bubble.entry.item.message.attachments if is_picture(a)]
        y = top
        for image in images:
            y += sizes.GAP_RUN if y > top else 0.0
            size = self._image_size(image, sticker=bubble.entry.item.message.type is MessageType.STICKER)
            left = self.width - size.width() if bubble.entry.mine else 0.0
            bubble.spots.append(Spot("image", QRectF(QPointF(left, y), size), attachment=image))
            y += size.height()
        if images:
            last = bubble.spots[-1].rect
            meta = self._meta_width(bubble)
            bubble.meta = QRectF(last.right() - meta - 14, last.bottom() - 8 - _CHIP + 2, meta, self.ink.meta_line)
            bubble.meta_on_image = not self._needs_frame(bubble, shown(wording.body(bubble.entry.item.message)))
        return y

    def _image_size(self, image: rows.Attachment, *, sticker: bool) -> QSizeF:
        known = self.image_sizes.get(image.id)
        told = QSizeF(image.width, image.height) if image.width and image.height else None
        natural = known or told or QSizeF(*sizes.MEDIA_UNKNOWN)
        most = min(sizes.MEDIA_MAX / 2 if sticker else sizes.MEDIA_MAX, self._limit)
        scale = min(1.0, most / max(natural.width(), 1.0), most / max(natural.height(), 1.0))
        return QSizeF(
            max(round(natural.width() * scale), min(sizes.MEDIA_MIN, most)),
            max(round(natural.height() * scale), sizes.MEDIA_MIN / 2),
        )

    def _files(self, bubble: Bubble, left: float, top: float, inner: float) -> float:
        y, message = top, bubble.entry.item.message
        for attachment in message.attachments:
            if bubble.entry.shape is not Shape.NOTE and is_picture(attachment):
                continue
            named = self.ink.strong_metrics.horizontalAdvance(file_name(attachment.name))
            kind = self.ink.meta_metrics.horizontalAdvance(wording.kind_line(attachment, message.type))
            width = min(sizes.TILE + 10 + max(named, kind) + 2, inner)
            y += 2
            bubble.spots.append(Spot("file", QRectF(left, y, width, sizes.TILE), attachment=attachment))
            y += sizes.TILE + 2
        return y

    def _place(self, bubble: Bubble, left: float, top: float, inner: float) -> float:
        place = bubble.entry.item.message.location
        if place is None:
            return top
        name = wording.place_name(place)
        width = min(sizes.TILE + 12 + max(self.ink.strong_metrics.horizontalAdvance(name), 130.0), inner)
        bubble.spots.append(Spot("place", QRectF(left, top + 2, width, sizes.TILE), name))
        return top + sizes.TILE + 4

    def _show_all(self, bubble: Bubble, part: Shown, left: float, y: float) -> float:
        bubble.cut = part.cut
        if not part.cut:
            return y
        text = wording.tr("Show all")
        width = self.ink.label_metrics.horizontalAdvance(text) + 2
        bubble.spots.append(Spot("show_all", QRectF(left, y + 2, width, _SHOW_ALL_HEIGHT - 4), text))
        return y + _SHOW_ALL_HEIGHT

    def _reactions(self, bubble: Bubble, y: float) -> float:
        reactions = bubble.entry.item.message.reactions
        if not reactions:
            return y
        text = reaction_text(reactions)
        width = texts.metrics(self.ink.meta).horizontalAdvance(text) + 14.0
        area = bubble.outline
        left = area.right() - width - 8 if bubble.entry.mine else area.left() + 8
        bubble.spots.append(Spot("reaction", QRectF(left, y - 6, width, _CHIP), text))
        return y - 6 + _CHIP

    def _foot(self, bubble: Bubble, y: float) -> None:
        told = foot_of(bubble.entry.item)
        bubble.height = y
        if told is None:
            return
        sentence, bubble.foot_role, kind, button = told
        control = float(self.ink.theme.size("control-small")) if kind else 0.0
        wide = self.ink.label_metrics.horizontalAdvance(button) + sizes.ICON_META + 24 if kind else -8
        room = self.width - wide - 8
        font = self.ink.theme.font("meta", script=texts.script_of(sentence))
        block = TextBlock(shown(sentence[:300]).text, font, self.ink.meta_line, room)
        top = y + _FOOT_GAP
        height = max(control, block.height)
        if kind is not None:
            area = QRectF(self.width - wide, top + (height - control) / 2, wide, control)
            bubble.spots.append(Spot(kind, area, button))
        bubble.foot = block
        bubble.foot_at = QPointF(room - block.width, top + (height - block.height) / 2)
        bubble.height = top + height + 2


def is_picture(attachment: rows.Attachment) -> bool:
    """Whether a file is drawn; one that is not here is named like any other."""
    return attachment.mime_type in IMAGE_TYPES and attachment.state is AttachmentState.OK


def foot_of(item: TimelineItem) -> tuple[str, str, SpotKind | None, str] | None:
    """What stands under a reply that needs the agent: sentence, role, what its button does and says."""
    if item.outbox_state == "held":
        return wording.held_reason(item.held, item.outbox_reason), "warning", "review", wording.tr("Review")
    state = wording.tick(item)
    if item.sent_again:
        return wording.again_reason(item), "text-muted", None, ""
    if state == "failed":
        return wording.failed_reason(item), "danger", "retry", wording.tr("Try again")
    if state == "unknown":
        sentence = wording.tr("It may have arrived. Sending again could double it.")
        return sentence, "warning", "send_again", wording.tr("Send again")
    delivery = item.message.delivery
    if state == "sent" and delivery is not None and delivery.reason:
        return delivery.reason, "text-muted", None, ""  # it is under way, and somebody said that it takes longer
    return None


def meta_text(entry: Entry) -> str:
    """Time and what is said beside it."""
    time = texts.clock_time(entry.item.message.occurred_at)
    if entry.late:
        time = wording.tr("{time}, arrived late").format(time=time)
    if entry.item.message.edited_at is not None:
        time = wording.tr("edited {time}").format(time=time)
    return time


def author_text(item: TimelineItem) -> str:
    """Who answered by itself, inside only."""
    return texts.one_line(item.author_name, 40) or wording.tr("Bot")


def reaction_text(reactions: list[rows.Reaction]) -> str:
    """Each emoji once, with its count from two up."""
    counts: dict[str, int] = {}
    for reaction in reactions[:100]:
        counts[reaction.emoji[:8]] = counts.get(reaction.emoji[:8], 0) + 1
    return " ".join(f"{emoji} {n}" if n > 1 else emoji for emoji, n in list(counts.items())[:6])


def _mirror(bubble: Bubble) -> None:
    width = bubble.width

    def turned(rect: QRectF) -> QRectF:
        return QRectF(width - rect.right(), rect.y(), rect.width(), rect.height())

    bubble.frame, bubble.meta = turned(bubble.frame), turned(bubble.meta)
    for spot in bubble.spots:
        spot.rect = turned(spot.rect)
    if bubble.text is not None:
        bubble.text_at.setX(width - bubble.text_at.x() - bubble.text.width)
    if bubble.foot is not None:
        bubble.foot_at.setX(width - bubble.foot_at.x() - bubble.foot.width)
