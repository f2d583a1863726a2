"""One desk per home folder: a second start shows the first one's window and ends."""

import hashlib
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS = 500


class SingleInstance(QObject):
    """Listens on a local socket named by user and home folder.

    Attributes:
        first: whether this process is the one.
        called: another start asked this one to come to the front.
    """

    called = Signal()

    def __init__(self, home: Path) -> None:
        super().__init__()
        name = socket_name(home)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._called)
        # Asked first: with a socket for one user alone, Qt puts the new one in the place of a living one.
        self.first = not _answers(name) and self._listens(name)

    def _listens(self, name: str) -> bool:
        QLocalServer.removeServer(name)
        return self._server.listen(name)

    def _called(self) -> None:
        connection = self._server.nextPendingConnection()
        connection.disconnected.connect(connection.deleteLater)
        connection.disconnectFromServer()
        self.called.emit()

    def close(self) -> None:
        """Free the name."""
        self._server.close()


def socket_name(home: Path) -> str:
    """The same for every start with this home folder by this user, short enough for a socket."""
    key = hashlib.sha256(f"{Path.home()}:{home.resolve()}".encode()).hexdigest()[:20]
    return f"mim-desk-{key}" if sys.platform == "win32" else str(Path(tempfile.gettempdir()) / f"mim-desk-{key}")


def _answers(name: str) -> bool:
    socket = QLocalSocket()
    socket.connectToServer(name)
    alive = socket.waitForConnected(_WAIT_MS)
    socket.abort()
    return alive
