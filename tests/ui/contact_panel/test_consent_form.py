"""An agent notes what a contact wants: by the keyboard alone, with the proof, and taken back by one more entry."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.protocol import rows
from mim_desk.protocol.api import NewConsent
from mim_desk.ui.contact_panel.acts import ContactActs
from mim_desk.ui.contact_panel.consent_form import EVERYWHERE, NO, YES, ConsentForm
from mim_desk.ui.contact_panel.consents import ConsentLine
from mim_desk.ui.contact_panel.view import ContactPanel
from mim_desk.ui.widgets.buttons import Button
from tests.ui.contact_panel.test_contact_panel import known
from tests.ui.samples import NOW
from tests.ui.stage import Stage

GIVEN = rows.Consent("whatsapp", "marketing", True, NOW, "agent", "i1", "46705550142", by="a1", reason="in the shop")
THEIR_OWN = rows.Consent("whatsapp", "messages", False, NOW, "keyword", "i1", "46705550142")


def opened(panel: ContactPanel, *consents: rows.Consent) -> ConsentForm:
    panel.show_known(known(consents=list(consents)), NOW)
    offer = next(one for one in panel.widget().findChildren(Button) if one.text() == "Note consent")
    offer.click()
    assert isinstance(panel.form, ConsentForm)
    return panel.form


def test_it_is_offered_also_where_nothing_was_ever_said(panel: ContactPanel) -> None:
    form = opened(panel)

    assert (form.purpose.value, form.granted.value, form.inbox.value) == ("marketing", YES, EVERYWHERE)
    assert [one.text() for one in form.inbox.segments.values()] == ["Everywhere", "WhatsApp"]


def test_a_withdrawal_for_one_channel_is_noted_with_how_the_agent_knows(panel: ContactPanel, qtbot) -> None:
    form = opened(panel)
    form.granted.segments[NO].click()
    form.inbox.segments["i1"].click()
    QTest.keyClicks(form.reason.input, "Told on the phone")

    with qtbot.waitSignal(panel.consent_wanted) as told:
        QTest.keyClick(form.reason.input, Qt.Key.Key_Return)

    assert told.args == ["contact-2", NewConsent(False, "Told on the phone", "marketing", "i1")]
    assert not form.note.isEnabled(), "Enter twice notes it once"


def test_without_a_proof_nothing_is_noted(panel: ContactPanel, qtbot) -> None:
    form = opened(panel)

    with qtbot.assertNotEmitted(panel.consent_wanted):
        form.note.click()

    assert form.reason.below.text() == "Write how you know it: without it nobody can check it later."


def test_esc_leaves_it(panel: ContactPanel) -> None:
    form = opened(panel)

    QTest.keyClick(form.reason.input, Qt.Key.Key_Escape)

    assert panel.form is None
    assert panel.widget().findChildren(ConsentLine) == []


def test_what_an_agent_noted_is_taken_back_by_its_opposite_and_their_own_word_is_not(panel: ContactPanel) -> None:
    panel.show_known(known(consents=[GIVEN, THEIR_OWN]), NOW)
    lines = {one.consent.purpose: one for one in panel.widget().findChildren(ConsentLine)}
    back = lines["marketing"].back
    assert back is not None
    assert lines["messages"].back is None

    back.click()

    form = panel.form
    assert isinstance(form, ConsentForm)
    assert (form.purpose.value, form.granted.value, form.inbox.value) == ("marketing", NO, "i1")
    assert form.reason.text == "", "how they know now is another proof"


def test_tab_goes_through_it_in_the_order_in_which_it_is_read(panel: ContactPanel, qtbot) -> None:
    form = opened(panel)
    form.purpose.segments["marketing"].setFocus()
    qtbot.waitUntil(form.purpose.segments["marketing"].hasFocus)
    seen = []

    for _ in range(5):
        QTest.keyClick(form.window().focusWidget(), Qt.Key.Key_Tab)
        seen.append(form.window().focusWidget())

    assert seen == [
        form.granted.segments[YES],
        form.inbox.segments[EVERYWHERE],
        form.reason.input,
        form.leave,
        form.note,
    ]


def test_out_of_reach_of_the_hub_the_form_says_so_and_stays(stage: Stage) -> None:
    panel = stage.keep(ContactPanel(stage.theme), width=304)
    acts = ContactActs(panel, stage.session, stage.session.owner, lambda reason: None)
    form = opened(acts.panel)
    QTest.keyClicks(form.reason.input, "Told on the phone")

    form.note.click()
    stage.until(form.refusal.text)

    assert form is panel.form
    assert form.note.isEnabled(), "it can be tried again"
