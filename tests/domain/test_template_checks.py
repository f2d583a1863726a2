"""One plain sentence for each blank that is wrong."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.template import Filling, Parameter, ParameterKind, Part, PartKind, TemplateStatus
from mim_desk.domain.template_checks import Fault, Wrong, amount, faults, why_not
from tests.domain.test_template import any_part, texts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KIND = ParameterKind


def told(kind: ParameterKind, value: str, *, file: str = "", **more: object) -> Wrong | None:
    """What is wrong with one value of one kind."""
    parameter = Parameter("body.1", kind, "1", **more)  # type: ignore[arg-type]  # a table gives what fits
    found = faults(
        [Part("body", PartKind.BODY, "{{1}}", (parameter,))],
        Filling({"body.1": value}, {}, {value: file} if file else {}),
        NOW,
    )
    return found[0].wrong if found else None


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "why"),
    [
        (KIND.TEXT, "Diego", "  ", Wrong.MISSING),
        (KIND.TEXT, "名前 😀", "two\nlines", Wrong.LINES),
        (KIND.TEXT, "a    b", "a     b", Wrong.LINES),
        (KIND.CURRENCY, "189.00 EUR", "€189", Wrong.AMOUNT),
        (KIND.CURRENCY, "-1.5USD", "1.2345 USD", Wrong.AMOUNT),
        (KIND.DATE_TIME, "22 November 2026", "", Wrong.MISSING),
        (KIND.LATITUDE, "39.47", "90.1", Wrong.DEGREES),
        (KIND.LONGITUDE, "-180", "north", Wrong.DEGREES),
        (KIND.LINK_END, "R-20874?x=1", "R 20874", Wrong.LINK_END),
        (KIND.LINK_END, "a/b", "名", Wrong.LINK_END),
        (KIND.CODE, "SAVE20", "SAVE 20", Wrong.CODE),
        (KIND.MOMENT, "2026-11-30T18:00:00+01:00", "2026-11-22T12:00:00+00:00", Wrong.MOMENT),
        (KIND.MOMENT, "2026-11-22T12:00:01Z", "2026-11-30T18:00:00", Wrong.MOMENT),
        (KIND.PHONE, "+82 10 1234 5678", "12345", Wrong.PHONE),
        (KIND.PAYLOAD, "STOP_PROMO", "", Wrong.MISSING),
    ],
)
def test_each_kind_knows_right_from_wrong(kind: ParameterKind, right: str, wrong: str, why: Wrong):
    assert told(kind, right) is None
    assert told(kind, wrong) is why


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (KIND.IMAGE, "image/png", "video/mp4"),
        (KIND.VIDEO, "video/mp4", "image/png"),
        (KIND.DOCUMENT, "application/pdf", "image/png"),
    ],
)
def test_a_file_is_of_the_kind_that_the_blank_asks_for(kind: ParameterKind, right: str, wrong: str):
    assert told(kind, "file-1", file=right) is None
    assert told(kind, "file-1", file=wrong) is Wrong.FILE_KIND
    assert told(kind, "file-1") is Wrong.NO_FILE
    assert told(kind, "") is Wrong.NO_FILE


def test_a_value_that_is_too_long_says_by_how_much():
    parameter = Parameter("button.0.code", KIND.CODE, label="code to copy", longest=15)
    part = Part("button.0", PartKind.BUTTON, "Copy", (parameter,))

    (fault,) = faults([part], Filling({"button.0.code": "A" * 16}), NOW)

    assert fault == Fault("button.0.code", Wrong.TOO_LONG, "code to copy", 15, 16)
    assert fault.sentence == "code to copy has 16 characters; 15 fit."


def test_a_text_that_is_too_long_as_a_whole_blames_the_longest_value():
    parts = [
        Part(
            "body",
            PartKind.BODY,
            "{{1}} {{2}}",
            (Parameter("body.1", name="1"), Parameter("body.2", name="2")),
            longest=20,
        )
    ]

    (fault,) = faults(parts, Filling({"body.1": "short", "body.2": "a" * 15}), NOW)

    assert (fault.key, fault.wrong, fault.found) == ("body.2", Wrong.WHOLE_TOO_LONG, 21)


def test_what_may_be_left_out_is_not_missed():
    assert told(KIND.PAYLOAD, "", required=False) is None


def test_a_hole_may_be_filled_as_an_amount_where_the_template_allows_it():
    parameter = Parameter("body.1", name="1", also=(KIND.CURRENCY,))
    part = Part("body", PartKind.BODY, "{{1}}", (parameter,))

    right = faults([part], Filling({"body.1": "5.00 EUR"}, {"body.1": "currency"}), NOW)
    wrong = faults([part], Filling({"body.1": "five"}, {"body.1": "currency"}), NOW)
    strange = faults([part], Filling({"body.1": "five"}, {"body.1": "image"}), NOW)

    assert (right, [one.wrong for one in wrong], [one.wrong for one in strange]) == (
        (),
        [Wrong.AMOUNT],
        [Wrong.NO_KIND],
    )


def test_a_value_for_no_blank_is_named():
    (fault,) = faults([], Filling({"body.9": "x"}), NOW)

    assert fault.sentence == "The template has no blank named body.9."


def test_an_amount_is_figure_and_currency():
    assert amount(" 189.00 EUR ") == ("189.00", "EUR")


@pytest.mark.parametrize("status", TemplateStatus)
def test_only_an_approved_template_can_be_sent_and_each_other_says_why(status: TemplateStatus):
    told = why_not(status, "Its reason: invalid format.")

    assert bool(told) == (status is not TemplateStatus.APPROVED)
    assert not told or told.endswith("Its reason: invalid format.")


@given(st.lists(any_part, max_size=4), st.dictionaries(texts, texts), st.dictionaries(texts, texts))
def test_any_values_are_judged_with_one_sentence_at_most_for_each_blank(
    parts: list[Part], values: dict[str, str], kinds: dict[str, str]
):
    found = faults(parts, Filling(values, kinds, values), NOW)

    assert len({fault.key for fault in found}) == len(found)
    assert all(fault.sentence.endswith(".") for fault in found)
