"""One-colour drawings, tinted when first asked for and kept per name, colour, size and screen."""

from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QTransform
from PySide6.QtSvg import QSvgRenderer

from mim_desk.resources import resource
from mim_desk.ui.theme import Theme

MIRRORED: Final = frozenset(
    {
        "send",
        "send_later",
        "reply",
        "next",
        "handoff",
        "assign",
        "undo",
        "outreach",
        "mute",
        "sound",
        "sort",
        "detach",
        "sign_out",
        "chevron_start",
        "chevron_end",
        "views_pane",
        "contact_pane",
    }
)
"""Drawings that point somewhere and are turned round where text runs right to left."""

CHANNEL_OF_MARK: Final = {
    "sms_twilio": "sms",
    "sms_smpp": "sms",
    "wecom_kf": "wechat",
}
"""Channels without a mark of their own, and whose they borrow."""

_pixmaps: dict[tuple[str, int, int, float, bool], QPixmap] = {}
_sources: dict[str, bytes] = {}


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0, *, rtl: bool = False) -> QPixmap:
    """The drawing ``name`` in ``color``, ``size`` logical pixels wide on a screen of that ``ratio``."""
    mirrored = rtl and name in MIRRORED
    key = (name, color.rgba(), size, ratio, mirrored)
    found = _pixmaps.get(key)
    if found is None:
        found = _pixmaps[key] = _drawn(_tinted(name, color), size, ratio, mirrored)
    return found


def channel_pixmap(channel: str, size: int, ratio: float = 1.0) -> QPixmap:
    """The mark of a channel in its own colours."""
    key = (f"channel_{channel}", 0, size, ratio, False)
    found = _pixmaps.get(key)
    if found is None:
        found = _pixmaps[key] = _drawn(_source(f"channel_{_mark_of(channel)}"), size, ratio, False)
    return found


def _mark_of(channel: str) -> str:
    """Whose mark it bears; the web chat's where there is none."""
    mark = CHANNEL_OF_MARK.get(channel, channel)
    return mark if resource(f"icons/channel_{mark}.svg").is_file() else "web_chat"


def icon(
    theme: Theme,
    name: str,
    role: str = "text-secondary",
    size: int = 0,
    *,
    rtl: bool = False,
) -> QIcon:
    """The drawing as a QIcon for a button; also carries its disabled tint."""
    width = size or theme.size("icon")
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(pixmap(name, theme.color(role), width, ratio, rtl=rtl))
        off = pixmap(name, theme.color("text-disabled"), width, ratio, rtl=rtl)
        made.addPixmap(off, QIcon.Mode.Disabled)
    return made


def _source(name: str) -> bytes:
    found = _sources.get(name)
    if found is None:
        found = _sources[name] = resource(f"icons/{name}.svg").read_bytes()
    return found


def _tinted(name: str, color: QColor) -> bytes:
    return _source(name).replace(b"currentColor", color.name().encode())


def _drawn(svg: bytes, size: int, ratio: float, mirrored: bool) -> QPixmap:
    made = QPixmap(QSize(size, size) * ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(made.rect()))
    painter.end()
    if mirrored:
        made = made.transformed(QTransform.fromScale(-1, 1))
    made.setDevicePixelRatio(ratio)
    return made
