"""Draws laid-out entries; knows nothing of scrolling, files or the network."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from mim_desk.domain.message import DeliveryStatus
from mim_desk.ui import icons, texts
from mim_desk.ui.timeline import ink as sizes
from mim_desk.ui.timeline import wording
from mim_desk.ui.timeline.bubble import Bubble
from mim_desk.ui.timeline.entries import Entry, Shape
from mim_desk.ui.timeline.ink import Ink
from mim_desk.ui.timeline.paint_spots import SPOTS, draw_image
from mim_desk.ui.timeline.scene import CENTER, END, START, Scene, bubble_path, draw_icon, draw_words


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
    draw_words(painter, QRectF(left - 2, y + 12, width + 4, ink.meta_line), CENTER, text)
    return y + 32


def _system_line(painter: QPainter, bubble: Bubble, scene: Scene, clip: QRectF) -> None:
    if bubble.text is None:
        return
    ink = scene.ink
    color = ink.color("text-muted")
    x = bubble.text_at.x()
    icon_x = x + bubble.text.width + 6 if scene.rtl else x - sizes.ICON_LINE - 6
    icon = wording.line_icon(bubble.entry.item.message.activity)
    draw_icon(painter, scene, icon, color, sizes.ICON_LINE, icon_x, bubble.text_at.y() + 1.5)
    painter.setPen(color)
    bubble.text.draw(painter, bubble.text_at, clip, scene.selected.get(bubble.entry.id, ()))


def _bubble(painter: QPainter, bubble: Bubble, scene: Scene, clip: QRectF) -> None:
    if bubble.entry.sender:
        _sender(painter, bubble, scene)
    for spot in bubble.spots:
        if spot.kind == "image":
            draw_image(painter, bubble, spot, scene)
    if not bubble.frame.isEmpty():
        _frame(painter, bubble, scene)
        _words(painter, bubble, scene, clip)
    for number, spot in enumerate(bubble.spots):
        drawn = SPOTS.get(spot.kind)
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
    framed = ink.theme.high_contrast
    painter.setPen(ink.color("hairline-strong") if framed else Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawEllipse(circle.adjusted(0.5, 0.5, -0.5, -0.5) if framed else circle)
    painter.setPen(text)
    small = ink.theme.font("badge")
    painter.setFont(small)
    painter.drawText(circle, CENTER, texts.initials(entry.sender)[:2])
    painter.setFont(ink.meta)
    painter.setPen(ink.color("text-muted"))
    draw_words(painter, QRectF(x, y, width + 2, avatar), START, name)


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
    draw_icon(painter, scene, "lock", color, sizes.ICON_LINE, lock, rect.top() + 1.5)
    painter.setPen(color)
    painter.setFont(ink.label)
    inset = sizes.ICON_LINE + 5.0
    shown = texts.elided(name, ink.label, int(room))
    inner = rect.adjusted(0, 0, -inset, 0) if scene.rtl else rect.adjusted(inset, 0, 0, 0)
    draw_words(painter, inner, END if scene.rtl else START, shown)
    painter.setFont(ink.meta)
    draw_words(painter, rect, START if scene.rtl else END, time)


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
        draw_icon(painter, scene, "bot", color, sizes.ICON_META, x, rect.top() + 1)


_TICK_ROLES = {"read": "tick-read", "failed": "danger", "unknown": "warning"}


def _meta_words(painter: QPainter, ink: Ink, text: str, edge: float, rect: QRectF, color: QColor, rtl: bool) -> float:
    width = ink.meta_width(text)
    x = edge if rtl else edge - width
    painter.setPen(color)
    painter.setFont(ink.meta)
    draw_words(painter, QRectF(x - 1, rect.top(), width + 2, rect.height()), CENTER, text)
    return edge + width if rtl else edge - width


def _foot(painter: QPainter, bubble: Bubble, scene: Scene, clip: QRectF) -> None:
    if bubble.foot is not None:
        painter.setPen(scene.ink.color(bubble.foot_role))
        bubble.foot.draw(painter, bubble.foot_at, clip)
