"""What can be done with a message: quote, copy, open, save, try again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from mim_desk.domain.inbox import ANY_EMOJI
from mim_desk.domain.message import DeliveryStatus, MessageKind
from mim_desk.protocol import rows
from mim_desk.ui import icons
from mim_desk.ui.timeline import facts, spots, wording
from mim_desk.ui.timeline.bubble import Bubble, foot_of, is_picture
from mim_desk.ui.timeline.change_text import ChangeText
from mim_desk.ui.timeline.comments import CommentActs
from mim_desk.ui.timeline.lightbox import Lightbox
from mim_desk.ui.timeline.saving import SaveFile
from mim_desk.ui.timeline.spots import Spot
from mim_desk.ui.timeline.whole_text import WholeText
from mim_desk.ui.widgets.links import open_link

if TYPE_CHECKING:
    from mim_desk.ui.timeline.view import TimelineView


BRAND: Final = "brand"
"""Whose reactions are ours."""
COMMON_REACTIONS: Final = ("👍", "❤️", "😊", "😂", "🎉", "🙏", "😮", "😢")
_OUT: Final = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ)


class Acts:
    """The deeds of one view; windows it opens close with it."""

    def __init__(self, view: "TimelineView") -> None:
        self._view = view
        self._window: QWidget | None = None
        self._menu: QMenu | None = None
        self.comments = CommentActs(view, self._add, self._open)

    def close(self) -> None:
        """Close what was opened from this timeline."""
        for opened in (self._window, self._menu):
            if opened is not None:
                opened.close()
        self._window = self._menu = None

    def click(self, bubble: Bubble, spot: Spot) -> None:
        """Do what a part of a bubble stands for."""
        message = bubble.entry.item.message
        if spot.kind == "quote" and message.reply_to is not None and message.reply_to.message_id:
            self._view.jump(message.reply_to.message_id)
        elif spot.kind == "image" and spot.attachment is not None:
            self.enlarge(spot.attachment)
        elif spot.kind == "file" and spot.attachment is not None and not wording.missing(spot.attachment):
            self.save(spot.attachment)
        elif spot.kind == "place" and message.location is not None:
            open_link(message.location.plain.map_url, self._view)
        elif spot.kind in ("retry", "send_again"):
            self._view.retry_requested.emit(message.id)
        elif spot.kind == "review":
            self._view.held_opened.emit(message.id)
        elif spot.kind == "show_all":
            self.show_all(bubble)
        elif spot.kind == "fold":
            self.fold(bubble)

    def quote(self, bubble: Bubble) -> None:
        """Answer this very message."""
        self._view.quote_requested.emit(bubble.entry.item.message)

    def copy(self, bubble: Bubble) -> None:
        """Put the selection, else the message's whole text, on the clipboard."""
        text = self._view.pointer.selection.text(self._view.bubble_of) or self._words(bubble)
        QGuiApplication.clipboard().setText(text)

    def _words(self, bubble: Bubble) -> str:
        return spots.words(bubble.entry.item.message, unfolded=bubble.entry.id in self._view.stack.maker.unfolded)

    def show_all(self, bubble: Bubble) -> None:
        """The whole of a long text in a window of its own."""
        self._open(WholeText(self._view.theme, self._words(bubble), self._view.window()))

    def fold(self, bubble: Bubble) -> bool:
        """Show what a message quotes, or fold it away again; whether it quotes anything."""
        if not spots.quoted(bubble.entry.item.message):
            return False
        self._view.stack.maker.unfolded ^= {bubble.entry.id}
        self._view.stack.forget(bubble.entry.id)
        self._view.current.words.forget()
        self._view.refresh()
        return True

    def enlarge(self, attachment: rows.Attachment) -> None:
        """An image over the whole window."""
        images = [
            image for entry in self._view.model.entries for image in entry.item.message.attachments if is_picture(image)
        ]
        box = Lightbox(self._view.theme, self._view.session, images, attachment, self._view.window())
        box.save_requested.connect(self.save)
        self._open(box)

    def save(self, attachment: rows.Attachment) -> None:
        """Save a file where the agent says; it is never opened."""
        SaveFile(self._view.session, attachment, self._view).ask()

    def _open(self, window: QWidget) -> None:
        self.close()
        self._window = window
        window.destroyed.connect(lambda: self._closed(window))
        window.show()

    def _closed(self, window: QWidget) -> None:
        if self._window is window:
            self._window = None

    def menu(self, bubble: Bubble, at: QPoint, *, link: str = "") -> None:
        """The context menu of a message."""
        self.close()
        menu = self._menu = QMenu(self._view)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.destroyed.connect(self._menu_gone)
        if link:
            self._add(menu, "link", wording.tr("Open link"), lambda: open_link(link, self._view))
            self._add(menu, "copy", wording.tr("Copy address"), lambda: QGuiApplication.clipboard().setText(link))
        if bubble.entry.item.message.deleted_at is None:
            if not self.comments.add_answers(menu, bubble.entry.item.message):
                self._add(menu, "reply", wording.tr("Quote"), lambda: self.quote(bubble), "Q")
            copy = wording.tr("Copy text") if self._view.pointer.selection.empty else wording.tr("Copy selection")
            self._add(menu, "copy", copy, lambda: self.copy(bubble), "Ctrl+C")
        self._channel_acts(menu, bubble)
        words, address = facts.link(bubble.entry.item.message)
        if address:
            self._add(menu, "link", words, lambda: open_link(address, self._view))
        for spot in bubble.spots:
            self._add_for(menu, bubble, spot)
        menu.popup(at)

    def _channel_acts(self, menu: QMenu, bubble: Bubble) -> None:
        """What the message's channel lets us do with it."""
        message, item = bubble.entry.item.message, bubble.entry.item
        sheet = self._view.feed.sheets.get(message.inbox_id)
        if sheet is None or message.deleted_at is not None or item.outbox_state:
            return
        self.comments.add_acts(menu, message, sheet)
        is_mere = sheet.comments is not None and message.details.get("public") == "yes" and not sheet.comments.liking
        if message.kind is MessageKind.INCOMING and sheet.reactions and not is_mere:
            self._add_reactions(menu, message, sheet.reactions)
        if message.kind is MessageKind.REPLY and message.delivery and message.delivery.status in _OUT:
            if sheet.editing and not message.attachments and not message.buttons:
                self._add(menu, "edit", wording.tr("Change the text…"), lambda: self._change(message))
            if sheet.deleting:
                self._add(menu, "delete", wording.tr("Take back"), lambda: self._view.take_back_wanted.emit(message.id))

    def _add_reactions(self, menu: QMenu, message: rows.Message, taken: Sequence[str]) -> None:
        rtl = self._view.isRightToLeft()
        icon = icons.icon(self._view.theme, "emoji", "text-muted", 16, rtl=rtl)
        offered = menu.addMenu(icon, wording.tr("React"))
        for emoji in COMMON_REACTIONS if ANY_EMOJI in taken else taken:
            action = offered.addAction(emoji)
            action.triggered.connect(lambda _=False, emoji=emoji: self._view.react_wanted.emit(message.id, emoji))
        if any(one.by == BRAND for one in message.reactions):
            action = offered.addAction(wording.tr("Take the reaction back"))
            action.triggered.connect(lambda: self._view.react_wanted.emit(message.id, ""))

    def _change(self, message: rows.Message) -> None:
        window = ChangeText(self._view.theme, message.text, self._view.window())
        window.changed.connect(lambda text: self._view.change_wanted.emit(message.id, text))
        self._open(window)

    def _menu_gone(self) -> None:
        self._menu = None

    def _add_for(self, menu: QMenu, bubble: Bubble, spot: Spot) -> None:
        attachment = spot.attachment
        if attachment is not None and not wording.missing(attachment):
            self._add(menu, "download", wording.tr("Save as…"), lambda: self.save(attachment))
        told = foot_of(bubble.entry.item)
        if told is not None and spot.kind == told[2]:
            icon = "all_conversations" if spot.kind == "review" else "retry"
            self._add(menu, icon, told[3], lambda: self.click(bubble, spot))
        if spot.kind == "fold":
            is_open = bubble.entry.id in self._view.stack.maker.unfolded
            self._add(menu, "more", spots.fold_words(unfolded=is_open), lambda: self.fold(bubble), ".")
        if spot.kind == "show_all":
            self._add(menu, "article", spot.text, lambda: self.show_all(bubble))

    def _add(self, menu: QMenu, icon: str, text: str, deed: object, key: str = "") -> None:
        rtl = self._view.isRightToLeft()
        action = menu.addAction(icons.icon(self._view.theme, icon, "text-muted", 16, rtl=rtl), text)
        action.setShortcut(QKeySequence(key))
        action.setShortcutVisibleInContextMenu(True)
        action.triggered.connect(deed)
