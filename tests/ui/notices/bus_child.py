"""Run as a file inside ``dbus-run-session``: a notification server in one process, the desk's notices in another."""

import json
import subprocess
import sys

from PySide6.QtCore import QTimer
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusVirtualObject
from PySide6.QtWidgets import QApplication

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"


class Server(QDBusVirtualObject):
    """Writes down what comes; the second process asks it for capabilities first."""

    def introspect(self, path: str) -> str:
        """Servers need not describe themselves."""
        return ""

    def handleMessage(self, message: QDBusMessage, connection: QDBusConnection) -> bool:
        """Answer as a server would."""
        plain = [each if isinstance(each, str | int | list) else "..." for each in message.arguments()]
        print(json.dumps([message.member(), message.signature(), plain]), flush=True)
        if message.member() == "GetCapabilities":
            reply = message.createReply()
            reply.setArguments([["body", "body-markup", "actions"]])
            connection.send(reply)
        elif message.member() == "Notify":
            connection.send(message.createReply([7]))
        else:
            connection.send(message.createReply([]))
            QTimer.singleShot(0, QApplication.quit)
        return True


def serve() -> int:
    """Until the desk has closed its notice."""
    app = QApplication([])
    bus = QDBusConnection.sessionBus()
    server = Server()
    assert bus.registerVirtualObject(PATH, server)
    assert bus.registerService(NAME)
    desk = subprocess.Popen([sys.executable, __file__, "desk"])
    QTimer.singleShot(20_000, app.quit)
    app.exec()
    return desk.wait(10)


def desk() -> int:
    """Show, replace, close."""
    from mim_desk.ui.notices.server import BusNotices

    app = QApplication([])
    notices = BusNotices()
    assert notices.works
    notices.show("c1", "Marta, WhatsApp", "Will the <b>driver</b> wait?")
    notices.finish()
    notices._ids.setdefault("c1", 7)  # the fake's answer is a signed number, which a real server's is not
    notices.show("c1", "Marta, WhatsApp", "Hello?")
    notices.finish()
    notices._ids["c1"] = 7
    notices.close("c1")
    notices.finish()
    del app
    return 0


if __name__ == "__main__":
    sys.exit(desk() if len(sys.argv) > 1 else serve())
