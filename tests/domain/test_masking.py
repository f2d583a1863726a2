"""Card numbers and one-time codes are hidden where others may look; what is neither stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("My card is 4242 4242 4242 4242, ok?", "My card is •••• •••• •••• 4242, ok?"),
        ("4242-4242-4242-4242", "••••-••••-••••-4242"),
        ("378282246310005", "•••••••••••0005"),
        ("Your code is 482913", "Your code is ••••••"),
        ("482 913 is your verification code", "••• ••• is your verification code"),
        ("Код 4829. Никому не говорите", "Код ••••. Никому не говорите"),
        ("验证码：482913", "验证码：••••••"),
        ("Order 4242424242424243 of 2026", "Order 4242424242424243 of 2026"),
        ("Call +46 70 123 45 67 before 1800", "Call +46 70 123 45 67 before 1800"),
        ("The total is 1299.50", "The total is 1299.50"),
        ("", ""),
    ],
)
def test_what_is_hidden_and_what_stays(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(st.text(max_size=300))
def test_any_text_keeps_its_length(text: str) -> None:
    assert len(masked(text)) == len(text)
