"""One desk per home folder: a second start shows the first one's window and ends.

A lock file says who is first, since it needs nothing but QtCore; the socket by which others call is opened
after the first rows are shown, because QtNetwork takes a twentieth of the start to import.
"""

import hashlib
import sys
import tempfile
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

_WAIT_MS = 500
_CALLING_S = 5.0
"""How long the other desk is called: it may just have begun to start."""


class SingleInstance(QObject):
    """The lock of one home folder, and the socket named by user and folder.

    Attributes:
        first: whether this process is the one.
        called: another start asked this one to come to the front.
    """

    called = Signal()

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._name = socket_name(home)
        self._server: QLocalServer | None = None
        self._lock = QLockFile(str(home / "desk.lock"))
        self._lock.setStaleLockTime(0)  # by age it is never stale; that its process is gone Qt sees for itself
        self.first = self._lock.tryLock(0) or self._lock.error() is not QLockFile.LockError.LockFailedError

    def listen(self) -> bool:
        """Be there for later starts; only for the first. False when the socket cannot be."""
        from PySide6.QtNetwork import QLocalServer

        self._server = server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(lambda: self._called(server))
        QLocalServer.removeServer(self._name)
        return server.listen(self._name)

    def call(self) -> bool:
        """Ask the first one to come to the front; False when it does not answer."""
        from PySide6.QtNetwork import QLocalSocket

        until = monotonic() + _CALLING_S
        while monotonic() < until:
            socket = QLocalSocket()
            socket.connectToServer(self._name)
            if socket.waitForConnected(_WAIT_MS):
                socket.abort()
                return True
            sleep(0.05)
        return False

    def _called(self, server: "QLocalServer") -> None:
        connection = server.nextPendingConnection()
        connection.disconnected.connect(connection.deleteLater)
        connection.disconnectFromServer()
        self.called.emit()

    def close(self) -> None:
        """Free the name."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()


def socket_name(home: Path) -> str:
    """The same for every start with this home folder by this user, short enough for a socket."""
    key = hashlib.sha256(f"{Path.home()}:{home.resolve()}".encode()).hexdigest()[:20]
    return f"mim-desk-{key}" if sys.platform == "win32" else str(Path(tempfile.gettempdir()) / f"mim-desk-{key}")
