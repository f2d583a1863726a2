"""The desktop's notification server over D-Bus; the tray where there is none."""

import html
from typing import Any, Final, Protocol

from PySide6.QtCore import Q_ARG, Q_RETURN_ARG, SLOT, QMetaObject, QObject, Qt, QThreadPool, Signal, Slot
from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage, QDBusVirtualObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

_NAME: Final = "org.freedesktop.Notifications"
_PATH: Final = "/org/freedesktop/Notifications"
_SHAPE_PATH: Final = "/org/mimdesk/shape"
_LIMIT_MS: Final = 1000
_ACTION: Final = "default"

# WORKAROUND(https://doc.qt.io/qt-6/qdbustypesystem.html): Python's int always travels as a signed D-Bus
# integer, but Notify wants an unsigned id. A method invoked through a described interface gets its declared
# types; QtDBus keeps descriptions by interface name, so this one is told to it by an object of our own.
_SHAPE: Final = f"""<interface name="{_NAME}"><method name="Notify">
<arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
<arg type="a{{sv}}" direction="in"/><annotation name="org.qtproject.QtDBus.QtTypeName.In6" value="QVariantMap"/>
<arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method></interface>"""


class NoticeServer(Protocol):
    """Shows notices; the tests bring a fake one.

    Attributes:
        activated: key of a notice that was clicked.
    """

    activated: Any

    def show(self, key: str, title: str, body: str) -> None:
        """Show a notice, in the place of the one with the same key."""

    def close(self, key: str) -> None:
        """Take it away."""


class _Shape(QDBusVirtualObject):
    def introspect(self, path: str) -> str:
        return _SHAPE

    def handleMessage(self, message: QDBusMessage, connection: QDBusConnection) -> bool:
        return False


class BusNotices(QObject):
    """Notices through ``org.freedesktop.Notifications``, told by a thread of their own: a server may be slow.

    Attributes:
        activated: key of a notice that was clicked.
        works: whether a server answered.
        capabilities: what it said it can do.
    """

    activated = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus = QDBusConnection.sessionBus()
        self._ids: dict[str, int] = {}
        self._interface: QDBusInterface | None = None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self.capabilities: list[str] = []
        self.works = self._bus.isConnected() and self._meet()

    def _meet(self) -> bool:
        shape = _Shape(self)
        self._bus.registerVirtualObject(_SHAPE_PATH, shape)
        QDBusInterface(self._bus.baseService(), _SHAPE_PATH, _NAME, self._bus)
        self._bus.unregisterObject(_SHAPE_PATH)
        interface = QDBusInterface(_NAME, _PATH, _NAME, self._bus, self)
        interface.setTimeout(_LIMIT_MS)
        answer = interface.call("GetCapabilities")
        if answer.type() != QDBusMessage.MessageType.ReplyMessage:
            return False
        said = answer.arguments()[0]
        self.capabilities = [str(each) for each in said] if isinstance(said, list) else []
        self._interface = interface
        slot: Any = SLOT("_invoked(uint,QString)")  # a text, whatever the stubs say
        self._bus.connect("", _PATH, _NAME, "ActionInvoked", self, slot)
        return True

    def show(self, key: str, title: str, body: str) -> None:
        """Show a notice soon; markup in names and messages stays text."""
        interface = self._interface
        if interface is not None:
            self._pool.start(lambda: self._notify(interface, key, title, body))

    def _notify(self, interface: QDBusInterface, key: str, title: str, body: str) -> None:
        marked = "body-markup" in self.capabilities
        actions = [_ACTION, self.tr("Open")] if "actions" in self.capabilities else []
        hints: dict[str, Any] = {"category": "im.received", "desktop-entry": "org.mimdesk.MimDesk", "urgency": 1}
        told: Any = QMetaObject.invokeMethod(
            interface,
            "Notify",
            Qt.ConnectionType.DirectConnection,
            Q_RETURN_ARG("uint"),
            Q_ARG("QString", "MIM Desk"),
            Q_ARG("uint", self._ids.get(key, 0)),
            Q_ARG("QString", "org.mimdesk.MimDesk"),
            Q_ARG("QString", title),
            Q_ARG("QString", html.escape(body, quote=False) if marked else body),
            Q_ARG("QStringList", actions),
            Q_ARG("QVariantMap", hints),
            Q_ARG("int", -1),
        )
        if told:
            self._ids[key] = int(told)

    def close(self, key: str) -> None:
        """Take a notice away, e.g. once the conversation is read."""
        interface = self._interface
        if interface is not None:
            self._pool.start(lambda: self._take_away(interface, key))

    def finish(self) -> None:
        """Wait until everything was told."""
        self._pool.waitForDone()

    def _take_away(self, interface: QDBusInterface, key: str) -> None:
        number = self._ids.pop(key, 0)
        if number:
            direct = Qt.ConnectionType.DirectConnection
            QMetaObject.invokeMethod(interface, "CloseNotification", direct, Q_ARG("uint", number))

    @Slot("uint", str)
    def _invoked(self, number: int, action: str) -> None:
        key = next((key for key, known in list(self._ids.items()) if known == number), "")
        if key:
            self.activated.emit(key)


class TrayNotices(QObject):
    """Notices through the tray, where the desktop has one.

    Attributes:
        activated: key of the notice shown last, when it was clicked.
    """

    activated = Signal(str)

    def __init__(self, icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last = ""
        self._tray = QSystemTrayIcon(icon, self)
        self._tray.messageClicked.connect(lambda: self.activated.emit(self._last))
        self._tray.show()

    def show(self, key: str, title: str, body: str) -> None:
        """Show a balloon."""
        self._last = key
        self._tray.showMessage(title, body)

    def close(self, key: str) -> None:
        """Balloons go by themselves."""
        self._last = "" if self._last == key else self._last


class Silence(QObject):
    """Nothing to show notices with.

    Attributes:
        activated: never.
    """

    activated = Signal(str)

    def show(self, key: str, title: str, body: str) -> None:
        """Nobody would see it."""

    def close(self, key: str) -> None:
        """There is none."""


def notices_here(icon: QIcon, parent: QObject) -> NoticeServer:
    """The best way this desktop has."""
    bus = BusNotices(parent)
    if bus.works:
        return bus
    return TrayNotices(icon, parent) if QSystemTrayIcon.isSystemTrayAvailable() else Silence(parent)
