"""What a row shows, worked out from plain data."""

import msgspec
import pytest
from msgspec.structs import replace

from mim_desk.domain.message import MessageKind, MessageType
from mim_desk.ui.inbox.face import Surroundings, face_of
from tests.ui.samples import LABELS, ME, inbox_rows, row

AROUND = Surroundings(ME.id, tuple((name, name, color) for name, color in LABELS.items()))


def test_a_draft_stands_before_the_last_message() -> None:
    face = face_of(inbox_rows()[6], AROUND)

    assert (face.lead, face.lead_role, face.preview) == ("Draft:", "danger", "Hi Ravi, your pass is on its way to")


def test_a_draft_of_buttons_alone_says_that_words_are_missing() -> None:
    told = replace(row(1, "Ravi Menon", "telegram", "Hi"), draft="")

    assert face_of(told, AROUND).preview == "no words yet"


def test_a_failed_send_says_what_was_not_delivered() -> None:
    face = face_of(inbox_rows()[9], AROUND)

    assert face.failed
    assert "phone switched off" in face.preview


def test_a_held_reason_of_the_outbox_is_shown() -> None:
    held = row(1, "Marta", "web_chat", "Hi", outbox_state="failed", outbox_reason="Viber refuses our key.")

    assert face_of(held, AROUND).preview == "Viber refuses our key."


def test_my_own_reply_begins_with_you() -> None:
    assert face_of(inbox_rows()[10], AROUND).lead == "You:"


def test_a_note_is_named() -> None:
    assert face_of(row(1, "Marta", "web_chat", "Ask", kind=MessageKind.NOTE), AROUND).lead == "Note:"


@pytest.mark.parametrize("kind", list(MessageType))
def test_no_kind_of_message_leaves_the_preview_empty(kind: MessageType) -> None:
    shown = row(1, "Marta", "web_chat", "")
    last = msgspec.structs.replace(shown.conversation.last_message, type=kind)
    shown = replace(shown, conversation=msgspec.structs.replace(shown.conversation, last_message=last))

    preview = face_of(shown, AROUND).preview

    assert preview
    assert kind == MessageType.TEXT or "_" not in preview
    assert preview != kind


def test_a_deleted_message_says_so() -> None:
    shown = row(1, "Marta", "web_chat", "")
    last = msgspec.structs.replace(shown.conversation.last_message, type=MessageType.IMAGE, deleted=True)
    shown = replace(shown, conversation=msgspec.structs.replace(shown.conversation, last_message=last))

    assert face_of(shown, AROUND).preview == "This message was deleted."


def test_two_labels_show_and_the_rest_is_counted() -> None:
    face = face_of(row(1, "Marta", "web_chat", "Hi", labels=("VIP", "Refund", "Returns", "Invoice")), AROUND)

    assert face.labels == (("VIP", "label-amber"), ("Refund", "label-red"))
    assert face.hidden_labels == 2


@pytest.mark.parametrize(("unread", "shown"), [(0, ""), (7, "7"), (99, "99"), (100, "99+")])
def test_unread_messages_are_counted_to_99(unread: int, shown: str) -> None:
    assert face_of(row(1, "Marta", "web_chat", "Hi", unread=unread), AROUND).unread == shown


def test_a_message_of_300000_characters_costs_one_line() -> None:
    face = face_of(row(1, "M" * 300_000, "web_chat", "a\u0301" * 300_000), AROUND)

    assert len(face.preview) <= 400
    assert len(face.name) <= 130


def test_a_phone_number_keeps_its_order_in_any_direction() -> None:
    assert face_of(inbox_rows()[9], AROUND).name.startswith("\u2066+44")


def test_a_row_reads_in_the_order_in_which_it_was_written() -> None:
    face = face_of(row(1, "\u202eAbba\u202c", "web_chat", "Pay \u202eEUR 001\u202c now"), AROUND)

    assert "\u202e" not in face.name + face.preview
    assert "EUR 001" in face.preview
