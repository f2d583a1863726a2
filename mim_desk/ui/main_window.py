"""The desk's one window: where its panes stand at every width. It lays out; ``wiring.py`` wires."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from mim_desk.ui.inbox.pane import ListPane
from mim_desk.ui.inbox.views.view import ViewsPane
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.banner import Banner
from mim_desk.ui.widgets.buttons import handed_on
from mim_desk.ui.widgets.empty_state import EmptyState
from mim_desk.ui.widgets.focus_before import FocusBefore
from mim_desk.ui.widgets.splitter import PaneSplitter
from mim_desk.ui.widgets.toast import Toast

Width = Literal["all", "no_contact", "rail", "single"]
SHEETS = ("base", "inbox", "contact_panel", "first_run", "sign_in", "preferences", "channel_setup")


class MainWindow(QWidget):
    """Views, list, thread and contact panel.

    Attributes:
        views, list, timeline_place, banner, toast: its parts.
        rearranged: other panes stand beside each other now.
        layout_kind: which panes stand beside each other.
    """

    rearranged = Signal()

    def __init__(self, theme: Theme, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.theme = theme
        self.setObjectName("window")
        self.setMinimumSize(theme.size("window-min"), theme.size("window-min-height"))
        self.layout_kind: Width = "all"
        self.contact: QWidget | None = None
        self._before_place = FocusBefore()
        self.contact_wanted = True
        self.timeline: QWidget | None = None
        self.reading = False
        self.views = ViewsPane(theme, self)
        self.list = ListPane(theme, now, self)
        self.banner = Banner(theme, self)
        self.nothing_open = EmptyState(theme, self)
        self.timeline_place = self._timeline_place()
        self.toast = Toast(theme, self)
        self._lay_out()
        self.show_nothing_open()
        self.resize(theme.size("window"), theme.size("window-height"))

    def _timeline_place(self) -> QWidget:
        place = QWidget(self)
        place.setObjectName("timeline_place")
        place.setMinimumWidth(self.theme.size("pane-timeline-min"))
        self.timeline_stack = QStackedWidget(place)
        self.timeline_stack.addWidget(self.nothing_open)
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.timeline_stack, 1)
        self._above_timeline = self._banner_slot = column
        return place

    def _lay_out(self) -> None:
        theme = self.theme
        self.panes = PaneSplitter(theme, self)
        self.panes.addWidget(self.list)
        self.panes.addWidget(self.timeline_place)
        self.panes.setStretchFactor(1, 1)
        self.list.setMinimumWidth(theme.size("pane-list-min"))
        self.list.setMaximumWidth(theme.size("pane-list-max"))
        self.places = QStackedWidget(self)
        self.places.addWidget(self.panes)
        self.frame = PaneSplitter(theme, self)
        self.frame.addWidget(self.views)
        self.frame.addWidget(self.places)
        self.frame.setStretchFactor(1, 1)
        self.front = QStackedWidget(self)
        self.front.addWidget(self.frame)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.front)
        for splitter in (self.panes, self.frame):
            splitter.restored.connect(self.restore_sizes)
        self._fit_views(rail=False)
        self.restore_sizes()

    def show_nothing_open(self) -> None:
        """The thread pane before a conversation is chosen."""
        title = self.tr("Choose a conversation")
        why = self.tr("Or move with J and K. Enter opens it, R writes a reply.")
        self.nothing_open.show_kind("all_conversations", title, why, keys="J+K+Enter+R")
        self.timeline_stack.setCurrentWidget(self.nothing_open)

    # -- panes that arrive after the first paint -------------------------------------------------

    def take_timeline(self, timeline: QWidget, banner_slot: QVBoxLayout) -> None:
        """Give the panel of the open conversation its place; the banner moves under its bar."""
        self.timeline = timeline
        self.timeline_stack.addWidget(timeline)
        self._banner_slot = banner_slot

    def take_contact(self, contact: QWidget) -> None:
        """Give the contact panel its place."""
        self.contact = contact
        contact.setMinimumWidth(self.theme.size("pane-contact-min"))
        contact.setMaximumWidth(self.theme.size("pane-contact-max"))
        contact.hide()
        self._place_contact()

    def show_timeline(self, reading: bool) -> None:
        """A conversation is open, or none."""
        self.reading = reading
        if reading and self.timeline is not None:
            self.timeline_stack.setCurrentWidget(self.timeline)
        else:
            self.show_nothing_open()
        (self._banner_slot if reading else self._above_timeline).insertWidget(0, self.banner)
        self._fit_single()
        self._place_contact()

    def show_place(self, place: QWidget | None) -> None:
        """A page beside the views pane, e.g. a channel's set-up; None for the inbox."""
        if place is not None and self.places.currentWidget() is self.panes:
            self._before_place.note()
        if place is not None and self.places.indexOf(place) < 0:
            self.places.addWidget(place)
        reason = handed_on()
        self.places.setCurrentWidget(place or self.panes)
        (place or self.list.list).setFocus(reason)

    def leave_place(self) -> None:
        """Back to the inbox, where one was in it."""
        self.show_place(None)
        self._before_place.go_back()

    def show_front(self, page: QWidget | None) -> None:
        """A page over everything, e.g. the first run; None for the desk."""
        if page is not None and self.front.indexOf(page) < 0:
            self.front.addWidget(page)
        self.front.setCurrentWidget(page or self.frame)

    def toggle_contact(self) -> None:
        """Open or close the contact panel."""
        self.contact_wanted = not self.contact_shown()
        focused = QApplication.focusWidget()
        if self.contact is not None and focused is not None and self.contact.isAncestorOf(focused):
            self.list.list.setFocus()
        self._place_contact()

    def contact_shown(self) -> bool:
        """Whether the contact panel can be seen."""
        return self.contact is not None and not self.contact.isHidden()

    # -- widths ----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Panes come and go with the width."""
        super().resizeEvent(event)
        kind = self._kind_for(self.width())
        if kind != self.layout_kind:
            self.layout_kind = kind
            self.contact_wanted = kind == "all"
            self._fit_views(rail=kind in ("rail", "single"))
            self._fit_single()
            self.restore_sizes()
            self.rearranged.emit()
        self._place_contact()
        self.toast.place()

    def _kind_for(self, width: int) -> Width:
        size = self.theme.size
        if width >= size("breakpoint-contact"):
            return "all"
        if width >= size("breakpoint-rail"):
            return "no_contact"
        return "rail" if width >= size("breakpoint-single") else "single"

    def _fit_views(self, *, rail: bool) -> None:
        self.views.be_rail(rail)
        size = self.theme.size
        self.views.setMinimumWidth(size("pane-views-rail") if rail else size("pane-views-min"))
        self.views.setMaximumWidth(size("pane-views-rail") if rail else size("pane-views-max"))

    def _fit_single(self) -> None:
        single = self.layout_kind == "single"
        self.list.setVisible(not single or not self.reading)
        self.list.setMaximumWidth(self.theme.size("window") * 4 if single else self.theme.size("pane-list-max"))
        self.timeline_place.setVisible(not single or self.reading)

    def restore_sizes(self) -> None:
        """The sizes of the looks."""
        size = self.theme.size
        views = size("pane-views-rail") if self.views.rail else size("pane-views")
        self.frame.setSizes([views, max(1, self.width() - views)])
        rest = max(1, self.width() - views - size("pane-list"))
        self.panes.setSizes([size("pane-list"), rest, size("pane-contact")][: self.panes.count()])

    def _place_contact(self) -> None:
        contact = self.contact
        if contact is None:
            return
        beside = self.layout_kind == "all"
        if beside and self.panes.indexOf(contact) < 0:
            self.panes.addWidget(contact)
            self.restore_sizes()
        elif not beside and contact.parent() is not self.places:
            contact.setParent(self.places)
        over = "" if beside else "right" if self.isRightToLeft() else "left"
        if contact.property("over") != over:
            contact.setProperty("over", over)
            contact.style().unpolish(contact)
            contact.style().polish(contact)
        contact.setVisible(self.contact_wanted and self.reading)
        if not beside:
            width = self.theme.size("pane-contact")
            x = 0 if self.isRightToLeft() else self.places.width() - width
            contact.setGeometry(x, 0, width, self.places.height())
            contact.raise_()

    def kept_sizes(self) -> dict[str, list[int]]:
        """What to remember for this screen."""
        return {"frame": self.frame.sizes(), "panes": self.panes.sizes(), "window": [self.width(), self.height()]}

    def take_sizes(self, kept: dict[str, list[int]]) -> None:
        """Take what was remembered."""
        for splitter, name in ((self.frame, "frame"), (self.panes, "panes")):
            sizes = kept.get(name, [])
            if len(sizes) == splitter.count() and all(sizes):
                splitter.setSizes(sizes)


def dress(app: QApplication, theme: Theme) -> None:
    """Give the whole program the theme's palette, font and sheets."""
    app.setFont(theme.font("body"))
    app.setPalette(theme.palette())
    app.setStyleSheet("".join(theme.sheet(name) for name in SHEETS))
