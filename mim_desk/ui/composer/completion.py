"""A slash calls canned replies and a colon calls emoji, while the agent keeps typing."""

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from mim_desk.domain import canned_reply
from mim_desk.domain.canned_reply import CannedReplies
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.delegate import CannedDelegate, EmojiDelegate
from mim_desk.ui.composer.model import CannedModel, EmojiModel, emoji_like
from mim_desk.ui.composer.popup import CannedPopup, EmojiPopup, Popup
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.timeline import wording as timeline_wording
from mim_desk.ui.timeline.shown_text import utf16_length, utf16_slice

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel

_COLON: Final = re.compile(r"(?:^|(?<=[\s(]))(:)([\w+-]{0,30})\Z")
_MOST_RECENT: Final = 12
_LONGEST_TYPED: Final = 60


class Completion:
    """The two popups of one composer.

    Attributes:
        canned, emoji: the popups.
    """

    def __init__(self, panel: "ComposerPanel") -> None:
        self._panel = panel
        self._editor = panel.editor
        self._model, self._emoji_model = CannedModel(panel), EmojiModel(panel)
        self._delegates = CannedDelegate(panel.theme), EmojiDelegate(panel.theme)
        self.canned = CannedPopup(panel.theme, self._model, self._delegates[0])
        self.emoji = EmojiPopup(panel.theme, self._emoji_model, self._delegates[1])
        for popup in (self.canned, self.emoji):
            popup.setParent(panel)
        self._replies: CannedReplies[rows.CannedReply] = CannedReplies([])
        self._count = 0
        self._start = 0
        self._dismissed: int | None = None
        self._recent: list[str] = []
        self._asked = False
        self._missed = False
        self._connect()

    def _connect(self) -> None:
        self.canned.chosen.connect(self.insert)
        self.emoji.chosen.connect(self.insert)
        self.canned.make.clicked.connect(self.close)
        self.canned.rows.selectionModel().currentChanged.connect(self._preview)
        self._editor.popup_key.connect(self._key)
        self._editor.cursorPositionChanged.connect(self._moved)
        self._panel.frame.canned.clicked.connect(lambda: self._call("/"))
        self._panel.frame.emoji.clicked.connect(lambda: self._call(":"))

    async def read(self) -> None:
        """Read the workspace's canned replies."""
        replies = await self._panel.session.cache.canned_replies()
        self._replies, self._count = CannedReplies(replies), len(replies)
        if self._missed:
            self.follow()  # typed before they were here

    def _call(self, mark: str) -> None:
        """Type the mark for the agent."""
        text = self._before()
        self._asked = True
        self._editor.setFocus()
        self._dismissed = None
        self._editor.insertPlainText(mark if not text or text[-1].isspace() else f" {mark}")
        self._panel.frame.canned.setChecked(self.canned.isVisible())

    def _before(self) -> str:
        return utf16_slice(self._editor.text(), 0, self._editor.textCursor().position())

    def close(self) -> None:
        """Close both and forget what was put away."""
        self._dismissed = None
        self._missed = False
        self._hide()

    def _hide(self) -> None:
        self.canned.hide()
        self.emoji.hide()
        self._asked = False
        self._editor.popup_open = False
        self._panel.frame.canned.setChecked(False)

    def _moved(self) -> None:
        if self._editor.popup_open:
            self.follow()

    def follow(self) -> None:
        """The text or the cursor changed: open, narrow or close."""
        before = self._before()
        if self._editor.composing or self._editor.textCursor().hasSelection():
            self._hide()
            return
        slash = canned_reply.slash_at(before, len(before)) if "/" in before[-_LONGEST_TYPED:] else None
        if slash is not None and slash[0] != self._dismissed:
            self._show_canned(*slash)
            return
        colon = _COLON.search(before[-_LONGEST_TYPED:])
        if slash is None and colon is not None:
            start = len(before) - len(colon[2]) - 1
            if start != self._dismissed and (len(colon[2]) >= 2 or self._asked):
                self._show_emoji(start, colon[2])
                return
        if slash is None and colon is None:
            self._dismissed = None
        self._hide()

    def _show_canned(self, start: int, typed: str) -> None:
        found = self._replies.match(typed)
        none = not self._count and not typed
        self._missed = not found
        if not found and not none:
            self._hide()
            return
        self._start = start
        self.emoji.hide()
        self._model.show(found, typed)
        self.canned.tell_none(none=none)
        counts = tr("{found} of {all} canned replies").format(found=len(found), all=texts.count(self._count))
        if none:
            counts = tr("No canned replies yet")
        self.canned.head.tell(typed, counts, self._chips())
        self.canned.legend.tell(typed)
        self.canned.rows.fit(self._panel.theme.size("row-popup"))
        self.canned.rows.choose(0)
        self._preview()
        self._open(self.canned, self._panel.frame.width())
        self._panel.frame.canned.setChecked(True)

    def _chips(self) -> tuple[str, ...]:
        row = self._panel.row
        return (timeline_wording.channel_name(row.channel),) if row is not None else ()

    def _show_emoji(self, start: int, typed: str) -> None:
        found = emoji_like(typed, self._recent)
        if not found:
            self._hide()
            return
        self._start = start
        self.canned.hide()
        self._emoji_model.show(found)
        self.emoji.rows.fit(self._panel.theme.size("popup-row-menu"))
        self.emoji.rows.choose(0)
        self._open(self.emoji, self._panel.theme.size("pane-list-min"))

    def _open(self, popup: Popup, width: int) -> None:
        self._editor.popup_open = True
        popup.stand_over(self._panel.frame, width, self._panel.theme.space(2))

    def _values(self) -> dict[str, str]:
        panel = self._panel
        if panel.row is None:
            return {}
        return checks.values_of(panel.contact, panel.row.conversation, panel.session.me, panel.inbox)

    def _preview(self) -> None:
        reply = self._model.reply(self.canned.rows.currentIndex().row())
        if reply is None or self._panel.row is None:
            return
        name = texts.isolated(texts.one_line(self._panel.row.contact_name, 60))
        filled = canned_reply.fill(reply.text, self._values())
        self.canned.preview.tell(tr("Preview for {name}").format(name=name), filled, self._panel.frame.width())
        if self.canned.isVisible():
            self._open(self.canned, self._panel.frame.width())

    def _key(self, key: int) -> None:
        rows_list = self.canned.rows if self.canned.isVisible() else self.emoji.rows
        current = rows_list.currentIndex().row()
        if key == Qt.Key.Key_Escape:
            self._dismissed = self._start
            self._hide()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            rows_list.choose(current + (1 if key == Qt.Key.Key_Down else -1))
        else:
            self.insert(current)

    def insert(self, place: int) -> None:
        """Put the row's text in the place of what was typed."""
        reply, emoji = self._model.reply(place), self._emoji_model.emoji(place)
        canned = self.canned.isVisible()
        before = self._before()
        start, end = utf16_length(before[: self._start]), utf16_length(before)
        self._hide()
        if canned and reply is not None:
            filled = canned_reply.fill(reply.text, self._values())
            self._editor.swap(start, end, filled.text)
            if filled.undefined:
                first = filled.undefined[0]
                self.choose(self._start + first.start, self._start + first.end)
        elif not canned and emoji is not None:
            self._recent = [emoji.char, *(each for each in self._recent if each != emoji.char)][:_MOST_RECENT]
            self._editor.swap(start, end, emoji.char)
        self._editor.setFocus()

    def choose(self, start: int, end: int) -> None:
        """Select a stretch given in Python's positions."""
        text = self._editor.text()
        first = utf16_length(text[:start])
        self._editor.choose(first, first + utf16_length(text[start:end]))
