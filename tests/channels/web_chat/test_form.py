"""The form's questions and answers: what a form may ask, and what an answer may be."""

import pytest

from mim_desk.channels.web_chat.form import REPLY_ADDRESS, Question, asked_now, checked, questions_of
from mim_desk.domain.refusal import Refusal

NAME = Question("name", "name", required=True)
EMAIL = Question("email", "email")
TOPIC = Question("topic", "topic", choices=("Orders", "Returns"))
CONSENT = Question("consent", "consent", "I have read it.", required=True, version="2026-11")


def test_a_written_form_becomes_questions() -> None:
    told = {
        "fields": [
            {"kind": "name", "required": True},
            {"kind": "topic", "choices": ["Orders", " Returns "]},
            {"kind": "text", "name": "order", "label": "Order number", "asked": "closed"},
            {"kind": "consent", "label": "I agree.", "version": "3", "url": "https://shop.example/privacy"},
        ]
    }

    assert questions_of(told) == (
        NAME,
        TOPIC,
        Question("order", "text", "Order number", asked="closed"),
        Question("consent", "consent", "I agree.", version="3", url="https://shop.example/privacy"),
    )
    assert questions_of({}) == ()


@pytest.mark.parametrize(
    "field",
    [
        pytest.param({"kind": "age"}, id="unknown kind"),
        pytest.param({}, id="no kind"),
        pytest.param("name", id="no object"),
        pytest.param({"kind": "name", "colour": "red"}, id="unknown part"),
        pytest.param({"kind": "text"}, id="a question without words"),
        pytest.param({"kind": "consent", "label": "I agree."}, id="a consent without version"),
        pytest.param({"kind": "name", "name": "Full Name"}, id="a name with capitals"),
        pytest.param({"kind": "name", "label": "x" * 301}, id="long words"),
        pytest.param({"kind": "name", "choices": ["Ana"]}, id="a choice of names"),
        pytest.param({"kind": "topic", "choices": [""]}, id="an empty choice"),
        pytest.param({"kind": "topic", "choices": ["x"] * 31}, id="too many choices"),
        pytest.param({"kind": "name", "asked": "never"}, id="asked never"),
        pytest.param(
            {"kind": "consent", "label": "x", "version": "1", "url": "javascript:0"}, id="a script for a link"
        ),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(field: object) -> None:
    with pytest.raises(Refusal) as refused:
        questions_of({"fields": [field]})

    assert refused.value.field == "settings.form"


@pytest.mark.parametrize("told", [{"fields": "name"}, {"questions": []}, {"fields": [{"kind": "name"}] * 2}])
def test_a_form_of_another_shape_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        questions_of(told)


def test_while_closed_a_reply_address_is_asked_too() -> None:
    late = Question("order", "text", "Order", asked="closed")

    assert asked_now([NAME, late, CONSENT], is_open=True) == (NAME, CONSENT)
    assert asked_now([NAME, late, CONSENT], is_open=False) == (NAME, late, REPLY_ADDRESS, CONSENT)
    assert asked_now([EMAIL], is_open=False) == (EMAIL,)
    assert asked_now([], is_open=False) == (REPLY_ADDRESS,)
    assert asked_now([], is_open=True) == ()


def test_answers_are_tidied_and_a_consent_is_kept_by_its_version() -> None:
    given = {"name": "  Ana \n Ruiz ", "email": "ana@example.com", "topic": "Orders", "consent": "yes", "other": "x"}

    assert checked([NAME, EMAIL, TOPIC, CONSENT], given) == {
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "topic": "Orders",
        "consent": "2026-11",
    }


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        *(pytest.param(EMAIL, one, id=one[:30]) for one in ("ana", "ana@", "@example.com", "a b@example.com")),
        *(
            pytest.param(EMAIL, one, id=one[:30])
            for one in ("ana@example", "a@b..example.com", "a@b.example.com>,c@d.example")
        ),
        pytest.param(EMAIL, "a" * 250 + "@example.com", id="a long address"),
        *(pytest.param(Question("phone", "phone"), one, id=one) for one in ("12", "call me", "+34-(--)--", "9" * 40)),
        pytest.param(TOPIC, "Refunds", id="not a topic"),
        pytest.param(NAME, "x" * 101, id="a long name"),
        pytest.param(NAME, "Ana\u202exe", id="a hidden mark"),
        pytest.param(NAME, "", id="missing"),
        pytest.param(NAME, " \n ", id="only blanks"),
        pytest.param(CONSENT, "", id="no consent"),
        pytest.param(CONSENT, "no", id="another word for consent"),
    ],
)
def test_a_wrong_or_missing_answer_is_refused_by_name(question: Question, answer: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked([question], {question.name: answer})

    assert refused.value.field == question.name


@pytest.mark.parametrize("answer", ["+34 600 123 456", "(020) 7946-0018", "0800.123.456"])
def test_phone_numbers_are_taken_as_people_write_them(answer: str) -> None:
    assert checked([Question("phone", "phone")], {"phone": answer}) == {"phone": answer}


@pytest.mark.parametrize("answer", ["ana@example.com", "ana.ruiz+shop@mail.example.co.uk", "o'neil@example.com"])
def test_addresses_are_taken_as_people_have_them(answer: str) -> None:
    assert checked([EMAIL], {"email": answer}) == {"email": answer}


def test_part_of_the_answers_may_come_later() -> None:
    assert checked([NAME, EMAIL], {"email": "ana@example.com"}, whole=False) == {"email": "ana@example.com"}
