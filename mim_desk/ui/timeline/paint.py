"""Draws laid-out entries; knows nothing of scrolling, files or the network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QTextLayout

from mim_desk.domain.message import DeliveryStatus
from mim_desk.protocol import rows
from mim_desk.ui import icons, texts
from mim_desk.ui.timeline import ink as sizes
from mim_desk.ui.timeline import wording
from mim_desk.ui.timeline.bubble import Bubble, Spot
from mim_desk.ui.timeline.entries import Entry, Shape
from mim_desk.ui.timeline.ink import Ink
from mim_desk.ui.timeline.shown_text import file_name

Selected = Sequence[QTextLayout.FormatRange]


@dataclass
class Scene:
    """What painting needs beside the bubble.

    Attributes:
        today: for the words of rules.
        thumbnail: a decoded image by attachment id, None while there is none.
        hot: the spot under the pointer.
        covered: id of a message whose words a widget draws.
        flashed: id of a message that was just jumped to.
        selected: what is selected, by message id.
        faded: ids of messages that just came, with how far they faded in.
    """

    ink: Ink
    today: date
    rtl: bool
    ratio: float
    thumbnail: Callable[[rows.Attachment], QPixmap | None]
    hot: tuple[str, int] | None = None
    covered: str = ""
    flashed: str = ""
    selected: dict[str, Selected] = field(default_factory=dict)
    faded: dict[str, float] = field(default_factory=dict)


def paint_entry(painter: QPainter, bubble: Bubble, scene: Scene, clip: QRectF) -> None:
    """Draw ``bubble`` at the painter's origin; ``clip`` is what of it can be seen."""
    entry = bubble.entry
    y = 0.0
    if entry.rule_day is not None:
        text = wording.rule_text(entry.rule_day, entry.rule_channel, scene.today)
        y = _rule(painter, bubble, scene, y, text, new=False)
    if entry.new_above:
        _rule(painter, bubble, scene, y, wording.tr("New"), new=True)
    painter.setOpacity(scene.faded.get(entry.id, 1.0))
    if entry.shape is Shape.LINE:
        _system_line(painter, bubble, scene, clip)
    else:
        _bubble(painter, bubble, scene, clip)
    painter.setOpacity(1.0)


def _rule(painter: QPainter, bubble: Bubble, scene: Scene, y: float, text: str, *, new: bool) -> float:
    ink = scene.ink
    middle = y + 12 + ink.meta_line / 2
    width = ink.label_metrics.horizontalAdvance(text)
    left = (bubble.width - width) / 2
    line = ink.color("accent" if new else "hairline")
    thickness = 1.0
    painter.fillRect(QRectF(0, round(middle), max(left - 10, 0), thickness), line)
    painter.fillRect(QRectF(left + width + 10, round(middle), max(left - 10, 0), thickness), line)
    painter.setFont(ink.label)
    painter.setPen(ink.color("accent-text" if new else "text-muted"))
    painter.drawText(QRectF(left - 2, y + 12, width + 4, ink.meta_line), _CENTER, text)
    return y + 32


_CENTER = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine
_START = (
    Qt.AlignmentFlag.AlignLeft
    | Qt.AlignmentFlag.AlignVCenter
    | Qt.TextFlag.TextSingleLine
    | Qt.AlignmentFlag.AlignAbsolute
)
_END = (
    Qt.AlignmentFlag.AlignRight
    | Qt.AlignmentFlag.AlignVCenter
    | Qt.TextFlag.TextSingleLine
    | Qt.AlignmentFlag.AlignAbsolute
)


def _system_line(painter: QPainter, bubble: Bubble, scene: Scene, clip: QRectF) -> None:
    if bubble.text is None:
        return
    ink = scene.ink
    color = ink.color("text-muted")
    x = bubble.text_at.x()
    icon_x = x + bubble.text.width + 6 if scene.rtl else x - sizes.ICON_LINE - 6
    icon = wording.line_icon(bubble.entry.item.message.activity)
    _icon(painter, scene, icon, color, sizes.ICON_LINE, icon_x, bubble.text_at.y() + 1.5)
    painter.setPen(color)
    bubble.text.draw(painter, bubble.text_at, clip, scene.selected.get(bubble.entry.id, ()))


def _icon(painter: QPainter, scene: Scene, name: str, color: QColor, size: int, x: float, y: float) -> None:
    drawn = icons.pixmap(name, color, size, scene.ratio, rtl=scene.rtl)
    painter.drawPixmap(QPointF(round(x), round(y)), drawn)


def _bubble(painter: QPainter, bubble: Bubble, scene: Scene, clip: QRectF) -> None:
    if bubble.entry.sender:
        _sender(painter, bubble, scene)
    for spot in bubble.spots:
        if spot.kind == "image":
            _image(painter, bubble, spot, scene)
    if not bubble.frame.isEmpty():
        _frame(painter, bubble, scene)
        _words(painter, bubble, scene, clip)
    for number, spot in enumerate(bubble.spots):
        drawn = _SPOTS.get(spot.kind)
        if drawn is not None:
            drawn(painter, bubble, spot, scene, scene.hot == (bubble.entry.id, number))
    if bubble.entry.shape is Shape.NOTE:
        _note_head(painter, bubble, scene)
    else:
        _meta(painter, bubble, scene)
    _foot(painter, bubble, scene, clip)


def _sender(painter: QPainter, bubble: Bubble, scene: Scene) -> None:
    ink, entry = scene.ink, bubble.entry
    name = wording.tr("{name} answered").format(name=texts.isolated(texts.one_line(entry.sender, 60)))
    width = ink.meta_metrics.horizontalAdvance(name)
    avatar = float(ink.theme.size("avatar-mini"))
    y = bubble.body_top - 21
    right = bubble.width - 2
    x = 2 + avatar + 5 if scene.rtl else right - width
    circle = QRectF(2 if scene.rtl else x - 5 - avatar, y, avatar, avatar)
    ground, text = ink.theme.avatar(entry.item.message.author.id)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawEllipse(circle)
    painter.setPen(text)
    small = ink.theme.font("badge")
    painter.setFont(small)
    painter.drawText(circle, _CENTER, texts.initials(entry.sender)[:2])
    painter.setFont(ink.meta)
    painter.setPen(ink.color("text-muted"))
    painter.drawText(QRectF(x, y, width + 2, avatar), _START, name)


def bubble_path(rect: QRectF, radius: float, tail: float, *, tail_right: bool) -> QPainterPath:
    """A rounded frame with the small corner at the bottom of its side."""
    left, right = (radius, tail) if tail_right else (tail, radius)
    path = QPainterPath()
    path.moveTo(rect.left() + radius, rect.top())
    path.lineTo(rect.right() - radius, rect.top())
    _corner(path, rect.right() - 2 * radius, rect.top(), radius, 90)
    path.lineTo(rect.right(), rect.bottom() - right)
    _corner(path, rect.right() - 2 * right, rect.bottom() - 2 * right, right, 0)
    path.lineTo(rect.left() + left, rect.bottom())
    _corner(path, rect.left(), rect.bottom() - 2 * left, left, 270)
    path.lineTo(rect.left(), rect.top() + radius)
    _corner(path, rect.left(), rect.top(), radius, 180)
    path.closeSubpath()
    return path


def _corner(path: QPainterPath, x: float, y: float, radius: float, start: float) -> None:
    path.arcTo(QRectF(x, y, 2 * radius, 2 * radius), start, -90)


def _frame(painter: QPainter, bubble: Bubble, scene: Scene) -> None:
    ink, entry = scene.ink, bubble.entry
    item = entry.item
    pen = _frame_pen(entry, ink)
    rect = bubble.frame if pen is None else bubble.frame.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(pen or QPen(Qt.PenStyle.NoPen))
    painter.setBrush(ink.ground(entry.shape))
    if entry.shape is Shape.NOTE:
        radius = ink.theme.radius("card")
        painter.drawRoundedRect(rect, radius, radius)
    else:
        if bubble.shape is None:
            radius, tail = ink.theme.radius("bubble"), ink.theme.radius("bubble-tail")
            bubble.shape = bubble_path(rect, radius, tail, tail_right=entry.mine != scene.rtl)
        painter.drawPath(bubble.shape)
    if item.message.id == scene.flashed:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink.color("accent"), 2))
        painter.drawRoundedRect(bubble.frame, ink.theme.radius("bubble"), ink.theme.radius("bubble"))


def _frame_pen(entry: Entry, ink: Ink) -> QPen | None:
    state = entry.item.outbox_state
    delivery = entry.item.message.delivery
    if state in ("waiting", "held"):
        role = "warning-graphic" if state == "held" else "bubble-reply-meta"
        return QPen(ink.color(role), 1, Qt.PenStyle.DashLine)
    if entry.shape is Shape.NOTE:
        return QPen(ink.color("note-line"), 1)
    if ink.theme.high_contrast:
        return QPen(ink.color("hairline-strong"), 1)
    if delivery is not None and delivery.status is DeliveryStatus.UNKNOWN:
        return QPen(ink.color("warning-graphic"), 1)
    return None


def _words(painter: QPainter, bubble: Bubble, scene: Scene, clip: QRectF) -> None:
    if bubble.text is None or bubble.entry.id == scene.covered:
        return
    role = scene.ink.text_role(bubble.entry.shape)
    if bubble.entry.item.message.deleted_at is not None:
        role = "text-muted"
    painter.setPen(scene.ink.color(role))
    painter.save()
    painter.setClipRect(bubble.frame.intersected(clip))
    bubble.text.draw(painter, bubble.text_at, clip, scene.selected.get(bubble.entry.id, ()))
    painter.restore()


def _note_head(painter: QPainter, bubble: Bubble, scene: Scene) -> None:
    ink, rect = scene.ink, bubble.meta
    color = ink.color("note-muted")
    time = bubble.meta_words
    room = rect.width() - ink.meta_metrics.horizontalAdvance(time) - sizes.ICON_LINE - 20
    name = wording.tr("{name}, note").format(name=texts.isolated(texts.one_line(bubble.entry.item.author_name, 60)))
    lock = rect.right() - sizes.ICON_LINE if scene.rtl else rect.left()
    _icon(painter, scene, "lock", color, sizes.ICON_LINE, lock, rect.top() + 1.5)
    painter.setPen(color)
    painter.setFont(ink.label)
    inset = sizes.ICON_LINE + 5.0
    shown = texts.elided(name, ink.label, int(room))
    inner = rect.adjusted(0, 0, -inset, 0) if scene.rtl else rect.adjusted(inset, 0, 0, 0)
    painter.drawText(inner, _END if scene.rtl else _START, shown)
    painter.setFont(ink.meta)
    painter.drawText(rect, _START if scene.rtl else _END, time)


def _meta(painter: QPainter, bubble: Bubble, scene: Scene) -> None:
    ink, entry, rect = scene.ink, bubble.entry, bubble.meta
    if bubble.meta_on_image:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.color("surface"))
        radius = ink.theme.radius("chip")
        painter.drawRoundedRect(rect.adjusted(-6, -2, 6, 2), radius, radius)
    elif bubble.frame.isEmpty():
        return
    color = ink.color("text-muted" if bubble.meta_on_image else ink.meta_role(entry.shape))
    state = wording.tick(entry.item) if entry.mine else ""
    edge = rect.left() if scene.rtl else rect.right()
    step = -1 if scene.rtl else 1
    if state:
        x = edge if scene.rtl else edge - sizes.ICON_TICK
        role = _TICK_ROLES.get(state)
        tint = ink.color(role) if role else color
        painter.drawPixmap(
            QPointF(round(x), round(rect.top() + 1)), icons.pixmap(state, tint, sizes.ICON_TICK, scene.ratio)
        )
        edge -= step * (sizes.ICON_TICK + 4)
    edge = _meta_words(painter, ink, bubble.meta_words, edge, rect, color, scene.rtl)
    if entry.shape is Shape.AUTOMATIC:
        edge = _meta_words(painter, ink, bubble.author, edge - step * 8, rect, color, scene.rtl)
        x = edge + 4 if scene.rtl else edge - 4 - sizes.ICON_META
        _icon(painter, scene, "bot", color, sizes.ICON_META, x, rect.top() + 1)


_TICK_ROLES = {"read": "tick-read", "failed": "danger", "unknown": "warning"}


def _meta_words(painter: QPainter, ink: Ink, text: str, edge: float, rect: QRectF, color: QColor, rtl: bool) -> float:
    width = ink.meta_width(text)
    x = edge if rtl else edge - width
    painter.setPen(color)
    painter.setFont(ink.meta)
    painter.drawText(QRectF(x - 1, rect.top(), width + 2, rect.height()), _CENTER, text)
    return edge + width if rtl else edge - width


def _image(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene) -> None:
    ink = scene.ink
    radius = ink.theme.radius("bubble")
    path = bubble_path(spot.rect, radius, ink.theme.radius("bubble-tail"), tail_right=bubble.entry.mine != scene.rtl)
    picture = scene.thumbnail(spot.attachment) if spot.attachment is not None else None
    painter.save()
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    painter.fillRect(spot.rect, ink.color("surface-sunken"))
    if picture is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(spot.rect, picture, QRectF(picture.rect()))
    else:
        size = ink.theme.size("icon-large")
        center = spot.rect.center()
        _icon(painter, scene, "image", ink.color("text-muted"), size, center.x() - size / 2, center.y() - size / 2)
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ink.color("hairline-strong"), 1))
    painter.drawPath(path)


def _quote(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    ink, rect = scene.ink, spot.rect
    bar = QRectF(rect.right() - 2 if scene.rtl else rect.left(), rect.top(), 2, rect.height())
    painter.fillRect(bar, ink.color("accent"))
    inner = rect.adjusted(0, 0, -10, 0) if scene.rtl else rect.adjusted(10, 0, 0, 0)
    painter.setFont(ink.theme.font("body", script=texts.script_of(spot.text)))
    painter.setPen(ink.color("text" if hot else "text-secondary"))
    painter.drawText(inner, _END if scene.rtl else _START, texts.elided(spot.text, painter.font(), int(inner.width())))


def _tile(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    ink, rect = scene.ink, spot.rect
    icon = "location" if spot.kind == "place" else _file_icon(spot)
    square = QRectF(rect.right() - sizes.TILE if scene.rtl else rect.left(), rect.top(), sizes.TILE, sizes.TILE)
    painter.setPen(QPen(ink.color("hairline-strong"), 1) if hot or ink.theme.high_contrast else Qt.PenStyle.NoPen)
    painter.setBrush(ink.color("surface"))
    radius = ink.theme.radius("control")
    painter.drawRoundedRect(square, radius, radius)
    inset = (sizes.TILE - sizes.TILE_ICON) / 2
    _icon(painter, scene, icon, ink.color("accent-text"), sizes.TILE_ICON, square.left() + inset, square.top() + inset)
    beside = sizes.TILE + 10
    words = rect.adjusted(0, 0, -beside, 0) if scene.rtl else rect.adjusted(beside, 0, 0, 0)
    name, kind = _tile_words(bubble, spot)
    side = _END if scene.rtl else _START
    painter.setFont(ink.body_strong)
    painter.setPen(ink.color(ink.text_role(bubble.entry.shape)))
    shown = texts.elided(name, ink.body_strong, int(words.width()) + 2)
    painter.drawText(QRectF(words.left(), words.top() + 1, words.width() + 2, 18), side, shown)
    painter.setFont(ink.meta)
    painter.setPen(ink.color(ink.meta_role(bubble.entry.shape)))
    painter.drawText(QRectF(words.left(), words.top() + 19, words.width() + 2, 16), side, kind)


def _tile_words(bubble: Bubble, spot: Spot) -> tuple[str, str]:
    if spot.attachment is not None:
        return texts.left_to_right(file_name(spot.attachment.name)), wording.kind_line(spot.attachment)
    place = bubble.entry.item.message.location
    return spot.text, f"{place.latitude:.4f}, {place.longitude:.4f}" if place else ""


def _file_icon(spot: Spot) -> str:
    family = spot.attachment.mime_type.partition("/")[0] if spot.attachment else ""
    return {"audio": "voice", "video": "play", "image": "image"}.get(family, "file")


def _button(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    ink, rect = scene.ink, spot.rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(ink.color("hairline-strong"), 1))
    painter.setBrush(ink.color("hover" if hot else "surface"))
    radius = ink.theme.radius("control")
    painter.drawRoundedRect(rect, radius, radius)
    icon = "all_conversations" if spot.kind == "review" else "retry"
    inside = rect.right() - 9 - sizes.ICON_META if scene.rtl else rect.left() + 9
    middle = rect.center().y() - sizes.ICON_META / 2
    _icon(painter, scene, icon, ink.color("text"), sizes.ICON_META, inside, middle)
    painter.setFont(ink.label)
    painter.setPen(ink.color("text"))
    beside = 9 + sizes.ICON_META + 6
    words = rect.adjusted(0, 0, -beside, 0) if scene.rtl else rect.adjusted(beside, 0, 0, 0)
    painter.drawText(words, _END if scene.rtl else _START, spot.text)


def _show_all(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    painter.setFont(scene.ink.label)
    painter.setPen(scene.ink.color("accent-text"))
    painter.drawText(spot.rect, _END if scene.rtl else _START, spot.text)
    if hot:
        painter.fillRect(
            QRectF(spot.rect.left(), spot.rect.bottom(), spot.rect.width(), 1), scene.ink.color("accent-text")
        )


def _reaction(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    ink, rect = scene.ink, spot.rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(ink.color("hairline-strong"), 1))
    painter.setBrush(ink.color("surface-raised"))
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setFont(ink.meta)
    painter.setPen(ink.color("text-secondary"))
    painter.drawText(rect, _CENTER, spot.text)


_SPOTS = {
    "quote": _quote,
    "file": _tile,
    "place": _tile,
    "retry": _button,
    "send_again": _button,
    "review": _button,
    "show_all": _show_all,
    "reaction": _reaction,
}


def _foot(painter: QPainter, bubble: Bubble, scene: Scene, clip: QRectF) -> None:
    if bubble.foot is not None:
        painter.setPen(scene.ink.color(bubble.foot_role))
        bubble.foot.draw(painter, bubble.foot_at, clip)
