"""Card numbers and one-time codes in words that others may see over a shoulder: notifications show neither."""

import re
from typing import Final

_CARD: Final = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)", re.ASCII)
_CODE: Final = re.compile(r"(?<![\d.,+#-])(?:\d{3}[ -]\d{3}|\d{4,8})(?![\d.,]*\d)", re.ASCII)
_TELLS_OF_CODES: Final = re.compile(
    r"\b(code|otp|pin|passcode|password|verification|tan|kod|kodu|código|codigo|passwort|codice|"
    r"код|пароль)\b|验证码|驗證碼|認証|인증",
    re.IGNORECASE,
)
MASK: Final = "•"


def masked(text: str) -> str:
    """``text`` with the digits of card numbers (but the last four) and of one-time codes hidden."""
    told = _CARD.sub(_card, text)
    return _CODE.sub(_hidden, told) if _TELLS_OF_CODES.search(told) else told


def _hidden(found: re.Match[str]) -> str:
    return re.sub(r"\d", MASK, found[0])


def _card(found: re.Match[str]) -> str:
    """Only what passes the check digit of cards (Luhn) is one: other long numbers are orders and parcels."""
    digits = [int(digit) for digit in found[0] if digit.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    if sum(doubled) % 10:
        return found[0]
    return _hidden_but_four(found[0])


def _hidden_but_four(number: str) -> str:
    seen, told = 0, []
    for letter in reversed(number):
        is_digit = letter.isdigit()
        told.append(MASK if is_digit and seen >= 4 else letter)
        seen += is_digit
    return "".join(reversed(told))
