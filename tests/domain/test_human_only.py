"""The topic gate lets a machine answer only what is clean, in every language, and fails closed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.human_only import Topic, gate


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I was charged twice for one order", Topic.PAYMENT),
        ("Мою картку списали двічі", Topic.PAYMENT),
        ("已经付款了但是没有收到", Topic.PAYMENT),
        ("請求書の金額が違います", Topic.PAYMENT),
        ("결제가 두 번 됐어요", Topic.PAYMENT),
        ("تم الدفع مرتين", Topic.PAYMENT),
        ("أين الفاتورة؟", Topic.PAYMENT),
        ("Minha fatura está errada", Topic.PAYMENT),
        ("Tôi đã thanh toán hai lần", Topic.PAYMENT),
        ("I want a REFUND!!!", Topic.REFUND),
        ("r e f u n d now", Topic.REFUND),
        ("ref\u200bund please", Topic.REFUND),
        ("ｒｅｆｕｎｄ", Topic.REFUND),
        ("我要退 款", Topic.REFUND),
        ("返金してください", Topic.REFUND),
        ("ขอคืนเงินด้วย", Topic.REFUND),
        ("Quiero un reembolso", Topic.REFUND),
        ("Rückerstattung bitte", Topic.REFUND),
        ("Поверніть мої гроші", Topic.REFUND),
        ("أريد استرداد أموالي", Topic.REFUND),
        ("This is unacceptable", Topic.COMPLAINT),
        ("我要投诉你们", Topic.COMPLAINT),
        ("Ich möchte mich beschweren", Topic.COMPLAINT),
        ("Хочу подати скаргу", Topic.COMPLAINT),
        ("You will hear from my lawyer", Topic.LEGAL),
        ("변호사에게 연락하겠습니다", Topic.LEGAL),
        ("Your driver harassed me", Topic.ABUSE),
        ("I want to kill myself", Topic.SELF_HARM),
        ("我想自杀", Topic.SELF_HARM),
        ("死にたい", Topic.SELF_HARM),
    ],
)
def test_what_belongs_to_people_is_recognised(text: str, topic: Topic) -> None:
    verdict = gate(text)

    assert topic in verdict.topics
    assert not verdict.is_clean


@pytest.mark.parametrize(
    "text",
    [
        "What time do you open on Sunday?",
        "Do you have this in green, size M?",
        "你们周日几点开门？",
        "ホテルは駅から近いですか",
        "이 신발 파란색 있어요?",
        "متى تصل الشحنة؟",
        "Коли ви відкриваєтесь?",
        "Qual o horário de vocês?",
    ],
)
def test_a_plain_question_is_clean(text: str) -> None:
    assert gate(text).is_clean


@pytest.mark.parametrize("text", ["", "   ", "!!!", "\u200b"])
def test_nothing_to_read_is_not_clean(text: str) -> None:
    assert gate(text).topics == (Topic.UNREAD,)


def test_a_classifier_that_is_down_shuts_the_gate() -> None:
    assert gate("What time do you open?", classified=None).topics == (Topic.UNREAD,)


@given(st.text(), st.sets(st.sampled_from(Topic)))
def test_a_classifier_can_only_add_topics(text: str, classified: set[Topic]) -> None:
    assert set(gate(text, classified).topics) == set(gate(text).topics) | classified


@given(st.text(), st.sampled_from(["refund", "退款", "환불", "adwokat"]), st.text())
def test_words_around_never_open_the_gate(before: str, word: str, after: str) -> None:
    assert not gate(f"{before} {word} {after}").is_clean
