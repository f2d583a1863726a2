"""The bar over the timeline: its sentence is never cut in the middle of a number."""

from mim_desk.ui.theme import Theme, load_fonts
from mim_desk.ui.timeline.header import ThreadHeader
from tests.ui.samples import ME, NOW, row


def test_the_number_goes_before_it_would_be_cut(qtbot) -> None:
    load_fonts()
    header = ThreadHeader(Theme("light"), lambda: NOW)
    qtbot.addWidget(header)

    header.tell(row(1, "Marta Lindqvist", "whatsapp", "Hi"), ME.id)

    whole = header.sentence_in(400)
    assert whole.startswith("Assigned to you, ")
    assert header.sentence_in(110) == "Assigned to you"
    header.tell(None, ME.id)
