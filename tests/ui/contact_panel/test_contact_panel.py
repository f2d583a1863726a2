"""The customer beside the timeline."""

import base64
from dataclasses import replace
from datetime import timedelta

from mim_desk.protocol import rows
from mim_desk.ui.contact_panel.consents import ConsentLine
from mim_desk.ui.contact_panel.parts import ContactHead, EarlierLine, KeyValue, MarkedLine
from mim_desk.ui.contact_panel.view import ContactPanel, Known
from mim_desk.ui.timeline.thumbnails import Thumbnails
from tests.ui.samples import NOW, row
from tests.ui.stage import Stage

FACE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
HOSTILE = "<img src='/etc/hostname'>" + "x" * 300_000


def known(**changed) -> Known:
    told = {
        "id": "contact-2",
        "name": "Marta Lindqvist",
        "created_at": NOW,
        "language": "sv",
        "time_zone": "Europe/Stockholm",
        "identities": [rows.Identity("whatsapp", "i1", "46705550142", "+46 70 555 01 42", verified=True)],
        "fields": {"booking": "JS-48213", "claimed.page_title": "Order J-20377"},
        "consents": [rows.Consent("whatsapp", "offers", True, NOW)],
    } | changed
    earlier = [row(number, "Marta", "email", "Invoice").conversation for number in range(3, 6)]
    now = row(2, "Marta", "whatsapp", "Hi").conversation
    return Known(rows.Contact(**told), now, earlier, {"i1": "whatsapp"}, {"i1": "WhatsApp"}, "Leo Martins")


def said(panel: ContactPanel, kind: type) -> list[str]:
    return [part.accessibleName() for part in panel.widget().findChildren(kind)]


def test_another_message_leaves_the_panel_and_its_focus_as_they_are(panel) -> None:
    panel.show_known(known(), NOW)
    page = panel.widget()
    later = known()

    panel.show_known(replace(later, conversation=row(2, "Marta", "whatsapp", "And then?").conversation), NOW)
    assert panel.widget() is page

    panel.show_known(replace(later, assignee="Aiko Tanaka"), NOW)
    assert panel.widget() is not page
    assert "Assignee: Aiko Tanaka" in said(panel, KeyValue)


def test_after_the_form_of_somebody_else_the_contact_is_shown(panel) -> None:
    panel.show_known(known(), NOW)
    panel.edit()

    panel.show_known(known(id="contact-3", name="Bo Ek"), NOW)

    assert panel.form is None
    assert panel.widget().findChildren(ContactHead)


def test_the_contacts_local_time_goes_on(panel) -> None:
    panel.show_known(known(), NOW)

    panel.show_known(known(), NOW + timedelta(minutes=1))

    assert "11:41 in \u2068Stockholm\u2069" in said(panel, MarkedLine)


def test_it_shows_who_where_when_and_what_was(panel, qtbot) -> None:
    panel.show_known(known(), NOW)

    assert said(panel, MarkedLine) == ["WhatsApp: +46 70 555 01 42", "11:40 in \u2068Stockholm\u2069"]
    assert "Booking: JS-48213" in said(panel, KeyValue)
    assert "Page: Order J-20377" in said(panel, KeyValue)
    assert len(said(panel, EarlierLine)) == 3
    assert not panel.grab().isNull()


def test_it_shows_what_they_want_to_be_sent_and_a_no_before_a_yes(panel) -> None:
    stop = rows.Consent("whatsapp", "messages", False, NOW, "keyword", "i1", "46705550142", blocks=True)
    offers = rows.Consent("", "marketing", True, NOW, "agent", by="a1", reason="asked in the shop")
    own = rows.Consent("", "surveys", False, NOW)

    panel.show_known(known(consents=[offers, own, stop]), NOW)

    told = [line.replace("\u2068", "").replace("\u2069", "") for line in said(panel, ConsentLine)]
    assert [line.partition(",")[0] for line in told] == [
        "No messages in WhatsApp",
        "Does not agree to surveys",
        "Offers everywhere",
    ]
    assert told[0].endswith("they wrote so")
    assert told[2].endswith("asked in the shop")
    assert not panel.grab().isNull()


def test_an_earlier_conversation_opens(panel, qtbot) -> None:
    panel.show_known(known(), NOW)

    with qtbot.waitSignal(panel.conversation_chosen) as told:
        panel.widget().findChild(EarlierLine).click()

    assert told.args == ["c0003"]


def test_a_hostile_contact_is_plain_text(panel) -> None:
    identity = rows.Identity("web_chat", "i1", HOSTILE, HOSTILE)
    hostile = known(name=HOSTILE, identities=[identity], fields={HOSTILE: HOSTILE}, time_zone="../../etc/passwd")

    panel.show_known(hostile, NOW)

    assert not panel.grab().isNull()
    assert all("<img" not in part.toolTip() for part in panel.widget().findChildren(KeyValue))


def test_an_id_nobody_can_read_is_not_shown(panel) -> None:
    long = rows.Identity("web_chat", "i1", "visitor:01a20302-837e-783d-982a-000000000000")

    panel.show_known(known(identities=[long], time_zone=""), NOW)

    assert said(panel, MarkedLine) == ["WhatsApp: Visitor of WhatsApp"]


def test_the_local_time_follows_the_hubs_clock(panel) -> None:
    panel.show_known(known(identities=[]), NOW + timedelta(hours=2))

    assert said(panel, MarkedLine)[0].startswith("13:40")


def test_names_and_addresses_read_in_the_order_in_which_they_were_written(panel) -> None:
    turned = rows.Identity("whatsapp", "i1", "46705550142", "\u202e+46 70 555 01 42")
    panel.show_known(known(name="\u202eMarta", identities=[turned], fields={"booking": "\u202eJS-48213"}), NOW)

    parts = [panel.widget().findChild(ContactHead).name]
    parts += said(panel, MarkedLine) + said(panel, KeyValue)
    parts += [line.text for line in panel.widget().findChildren(MarkedLine)]
    assert "\u202e" not in "".join(parts)
    assert any("+46 70 555 01 42" in part for part in parts)


def test_a_contacts_picture_takes_the_place_of_the_letters_once_it_is_here(stage: Stage) -> None:
    made = stage.keep(ContactPanel(stage.theme), 304, 900)
    pictures = Thumbnails(stage.session, made)
    made.show_pictures_of(pictures)
    avatar = rows.Attachment("face", "picture", "image/png", 70, url="/api/v1/attachments/face")

    made.show_known(known(avatar=avatar), NOW)
    assert made.widget().findChild(ContactHead).picture is None
    stage.run(stage.session.cache.keep_file("face", FACE))
    pictures.retry()
    made.show_known(known(avatar=avatar), NOW)

    stage.until(lambda: made.widget().findChild(ContactHead).picture is not None)
    assert not made.grab().isNull()
    pictures.close()
