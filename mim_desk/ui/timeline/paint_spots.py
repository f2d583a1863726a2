"""Draws the parts of an entry that can be clicked: images, quotes, files, buttons, reactions."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from mim_desk.domain.message import AttachmentState
from mim_desk.ui import texts
from mim_desk.ui.timeline import ink as sizes
from mim_desk.ui.timeline import offered, wording
from mim_desk.ui.timeline.bubble import Bubble
from mim_desk.ui.timeline.scene import CENTER, END, START, Scene, bubble_path, draw_icon, draw_words
from mim_desk.ui.timeline.shown_text import file_name
from mim_desk.ui.timeline.spots import Spot

_DOT: Final = 1.5
_DOT_STEP: Final = 6.0


def draw_image(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene) -> None:
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
        draw_icon(painter, scene, "image", ink.color("text-muted"), size, center.x() - size / 2, center.y() - size / 2)
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
    draw_words(painter, inner, END if scene.rtl else START, texts.elided(spot.text, painter.font(), int(inner.width())))


def _tile(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    ink, rect = scene.ink, spot.rect
    icon = "location" if spot.kind == "place" else _file_icon(spot)
    square = QRectF(rect.right() - sizes.TILE if scene.rtl else rect.left(), rect.top(), sizes.TILE, sizes.TILE)
    painter.setPen(QPen(ink.color("hairline-strong"), 1) if hot or ink.theme.high_contrast else Qt.PenStyle.NoPen)
    painter.setBrush(ink.color("surface"))
    radius = ink.theme.radius("control")
    painter.drawRoundedRect(square, radius, radius)
    inset = (sizes.TILE - sizes.TILE_ICON) / 2
    draw_icon(
        painter, scene, icon, ink.color("accent-text"), sizes.TILE_ICON, square.left() + inset, square.top() + inset
    )
    beside = sizes.TILE + 10
    words = rect.adjusted(0, 0, -beside, 0) if scene.rtl else rect.adjusted(beside, 0, 0, 0)
    name, kind = _tile_words(bubble, spot)
    side = END if scene.rtl else START
    painter.setFont(ink.body_strong)
    painter.setPen(ink.color(ink.text_role(bubble.entry.shape)))
    shown = texts.elided(name, ink.body_strong, int(words.width()) + 2)
    draw_words(painter, QRectF(words.left(), words.top() + 1, words.width() + 2, 18), side, shown)
    painter.setFont(ink.meta)
    painter.setPen(ink.color(ink.meta_role(bubble.entry.shape)))
    draw_words(painter, QRectF(words.left(), words.top() + 19, words.width() + 2, 16), side, kind)


def _tile_words(bubble: Bubble, spot: Spot) -> tuple[str, str]:
    if spot.attachment is not None:
        return texts.left_to_right(file_name(spot.attachment.name)), wording.kind_line(
            spot.attachment, bubble.entry.item.message.type
        )
    place = bubble.entry.item.message.location
    return spot.text, texts.left_to_right(f"{place.latitude:.4f}, {place.longitude:.4f}") if place else ""


def _file_icon(spot: Spot) -> str:
    if spot.attachment is not None and spot.attachment.state is not AttachmentState.OK:
        return "clock" if spot.attachment.state is AttachmentState.PENDING else "failed"
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
    draw_icon(painter, scene, icon, ink.color("text"), sizes.ICON_META, inside, middle)
    painter.setFont(ink.label)
    painter.setPen(ink.color("text"))
    beside = 9 + sizes.ICON_META + 6
    words = rect.adjusted(0, 0, -beside, 0) if scene.rtl else rect.adjusted(beside, 0, 0, 0)
    draw_words(painter, words, END if scene.rtl else START, spot.text)


def _show_all(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    painter.setFont(scene.ink.label)
    painter.setPen(scene.ink.color("accent-text"))
    draw_words(painter, spot.rect, END if scene.rtl else START, spot.text)
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
    draw_words(painter, rect, CENTER, spot.text)


def _fold(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    ink, rect = scene.ink, spot.rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(ink.color("hairline-strong"), 1))
    painter.setBrush(ink.color("hover" if hot else "surface"))
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.color("text-secondary"))
    for step in (-1, 0, 1):
        painter.drawEllipse(QPointF(rect.center().x() + step * _DOT_STEP, rect.center().y()), _DOT, _DOT)


def _offered(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    """One pill: outlined, since nobody here can press it."""
    ink, rect = scene.ink, spot.rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(ink.color("accent-text"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    words = QRectF(rect).adjusted(offered.PAD, 0, -offered.PAD, 0)
    if spot.kind == "link_offered":
        side = sizes.ICON_META
        left = words.right() - side if scene.rtl else words.left()
        draw_icon(painter, scene, "link", ink.color("accent-text"), side, left, rect.center().y() - side / 2)
        words.adjust(0 if scene.rtl else side + 4, 0, -side - 4 if scene.rtl else 0, 0)
    painter.setFont(ink.theme.font("label", script=texts.script_of(spot.text)))
    painter.setPen(ink.color("accent-text"))
    draw_words(painter, words, CENTER, texts.elided(spot.text, painter.font(), int(words.width()) + 2))


def _caption(painter: QPainter, bubble: Bubble, spot: Spot, scene: Scene, hot: bool) -> None:
    ink, rect = scene.ink, spot.rect
    painter.setFont(ink.theme.font("meta", script=texts.script_of(spot.text)))
    painter.setPen(ink.color(ink.meta_role(bubble.entry.shape)))
    shown = texts.elided(spot.text, painter.font(), int(rect.width()) + 2)
    room = rect.adjusted(-2, 0, 0, 0) if scene.rtl else rect.adjusted(0, 0, 2, 0)
    draw_words(painter, room, END if scene.rtl else START, shown)


SPOTS: Final = {
    "fact": _caption,
    "quote": _quote,
    "file": _tile,
    "place": _tile,
    "retry": _button,
    "send_again": _button,
    "review": _button,
    "show_all": _show_all,
    "fold": _fold,
    "reaction": _reaction,
    "offered": _offered,
    "link_offered": _offered,
}
