"""The desk's loop: steps in order, from any thread, and Qt's turn comes however many steps there are."""

import asyncio
import threading

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.stage import Stage


def test_steps_are_taken_in_their_order_and_not_at_once(desk_loop) -> None:
    taken = []

    async def work() -> None:
        desk_loop.call_soon(taken.append, 1)
        left_out = desk_loop.call_soon(taken.append, 2)
        desk_loop.call_soon(taken.append, 3)
        left_out.cancel()
        assert taken == []
        await asyncio.sleep(0)

    desk_loop.run_until_complete(work())

    assert taken == [1, 3]


def test_a_step_that_fails_is_told_and_does_not_end_the_others(desk_loop) -> None:
    told = []
    desk_loop.call_exception_handler = told.append

    async def work() -> None:
        desk_loop.call_soon(int, "no number")
        await asyncio.sleep(0)

    desk_loop.run_until_complete(work())

    (context,) = told
    assert isinstance(context["exception"], ValueError)


def test_a_step_from_another_thread_wakes_a_loop_that_sleeps(desk_loop) -> None:
    async def work() -> threading.Thread:
        come = asyncio.Event()
        thread = threading.Thread(target=lambda: desk_loop.call_soon_threadsafe(come.set))
        thread.start()
        await come.wait()
        return thread

    desk_loop.run_until_complete(work()).join()


def test_many_threads_lose_no_step(desk_loop) -> None:
    async def work() -> list[int]:
        return await asyncio.gather(*(asyncio.to_thread(pow, number, 2) for number in range(300)))

    assert desk_loop.run_until_complete(work()) == [number**2 for number in range(300)]


def test_the_screen_has_its_turn_while_steps_never_end(stage: Stage) -> None:
    painted = []

    class Painted(QWidget):
        def paintEvent(self, event) -> None:
            painted.append(event)

    widget = stage.keep(Painted())
    stage.until(lambda: painted)
    painted.clear()

    async def for_ever() -> None:
        widget.update()
        while not painted:
            await asyncio.sleep(0)

    stage.run(for_ever())


def test_steps_go_on_inside_a_menu_that_a_step_opened(desk_loop) -> None:
    menu = QEventLoop()

    def open_menu() -> None:
        desk_loop.call_soon(menu.quit)
        menu.exec()

    async def work() -> None:
        opened = asyncio.Event()
        desk_loop.call_soon(lambda: (open_menu(), opened.set()))
        await opened.wait()

    desk_loop.run_until_complete(work())


def test_a_task_that_has_events_delivered_is_not_left_for_another(desk_loop) -> None:
    taken = []

    async def other() -> None:
        taken.append("other")

    async def work() -> None:
        waiting = [desk_loop.create_task(other()) for _ in range(3)]
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        taken.append("work")
        await asyncio.gather(*waiting)

    desk_loop.run_until_complete(work())

    assert taken == ["work", "other", "other", "other"]


def test_what_was_not_taken_is_dropped_when_the_loop_is_closed(qapp) -> None:
    from mim_desk.ui.event_loop import DeskLoop

    taken = []
    loop = DeskLoop(qapp)
    loop.run_until_complete(asyncio.sleep(0))
    loop.call_soon(taken.append, 1)
    loop.close()

    qapp.processEvents()

    assert taken == []


def test_what_a_key_press_begins_is_under_way_before_the_press_has_an_end(desk_loop) -> None:
    taken = []

    async def work() -> str:
        taken.append("begun")
        await asyncio.sleep(0)
        taken.append("gone on")
        return "done"

    def press() -> None:
        begun.append(desk_loop.create_task(work()))
        desk_loop.take_newest()
        taken.append("pressed")

    begun: list[asyncio.Task[str]] = []
    pressed = QTimer()
    pressed.setSingleShot(True)
    pressed.timeout.connect(press)

    async def until_done() -> str:
        pressed.start(0)
        while not begun:
            await asyncio.sleep(0.001)
        return await begun[0]

    assert desk_loop.run_until_complete(until_done()) == "done"
    assert taken == ["begun", "pressed", "gone on"]


def test_a_task_at_work_is_not_left_for_what_it_begins(desk_loop) -> None:
    taken = []

    async def other() -> None:
        taken.append("other")

    async def work() -> None:
        begun = desk_loop.create_task(other())
        desk_loop.take_newest()
        taken.append("work")
        await begun

    desk_loop.run_until_complete(work())

    assert taken == ["work", "other"]
