"""What the window does for a rehearsal: waits for the hub, offers the chat page, opens the first conversation."""

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from mim_desk.desk.freshness import Freshness, FreshnessState
from mim_desk.desk.session import Session
from mim_desk.ui.inbox.model import ROW_ROLE
from mim_desk.ui.texts import tr
from mim_desk.ui.training.watch import Training
from mim_desk.ui.widgets.banner import Fact

if TYPE_CHECKING:
    from mim_desk.ui.at_work import DeskAtWork

_FACT = "chat_page"


async def live_hub_url(session: Session) -> str:
    """The embedded hub's address, once the desk is level with it."""
    live = asyncio.Event()

    def look(fresh: Freshness) -> None:
        if fresh.state is FreshnessState.LIVE:
            live.set()

    end = session.on_freshness(look)
    look(session.freshness)
    await live.wait()
    end()
    return session.hub.url if session.hub is not None else ""


def offer_chat_page(desk: "DeskAtWork", url: str) -> None:
    """Say that the customers are simulated, and where anybody can join them."""
    banner = desk.window.banner
    told = tr("window", "Simulated customers. Join them:")
    banner.forget("keeping")  # nothing of a rehearsal is worth keeping
    banner.tell(Fact(_FACT, "info", "channel_web_chat", told, url, act=tr("window", "Open the chat page")))
    banner.acted.connect(lambda key: QDesktopServices.openUrl(QUrl(url)) if key == _FACT else None)


def train(desk: "DeskAtWork") -> Training:
    """Count how quickly the agent answers, and say so above the inbox."""
    desk.window.banner.forget(_FACT)
    return Training(desk)


def open_first_listed(desk: "DeskAtWork") -> None:
    """Open the first conversation of the list as soon as there is one."""
    feed = desk.wiring.feed

    def listed(has_rows: bool) -> None:
        row = desk.window.list.list.rows.index(0, 0).data(ROW_ROLE)
        if has_rows and row is not None:
            feed.listed.disconnect(listed)
            desk.wiring.open(row.conversation.id)

    feed.listed.connect(listed)
