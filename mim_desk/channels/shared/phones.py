"""Phone numbers as people write them: one canonical form, so that national variants of a number are the same number."""

import re
from collections.abc import Mapping
from typing import Any, Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from mim_desk.domain.refusal import Refusal

_LOOKS: Final = re.compile(r"\+?[\d\s().\u00a0/-]{7,24}")


def canonical(text: str, region: str = "") -> str:
    """The number as ``+4685550102``; empty for what is none.

    Variants that reach the same line are told as one: Brazil's mobiles with and without their ninth digit,
    Argentina's with and without the 9, Mexico's with and without the 1.

    Args:
        region: of numbers without a country code, as ``SE``; empty: those are no numbers.
    """
    written = text.strip() if region else re.sub(r"^00 ?(?=[1-9])", "+", text.strip())
    if not _LOOKS.fullmatch(written) or not (written.startswith("+") or region):
        return ""
    try:
        number = phonenumbers.parse(written, region or None)
    except NumberParseException:
        return ""
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    told = _without_variants(e164)
    is_valid = phonenumbers.is_valid_number(number) or phonenumbers.is_valid_number(phonenumbers.parse(told))
    return told if is_valid else ""


def _without_variants(e164: str) -> str:
    """The form that people dial today: Brazil with the ninth digit, Argentina with the 9, Mexico without the 1."""
    if re.fullmatch(r"\+55\d{2}[6-9]\d{7}", e164):
        return f"{e164[:5]}9{e164[5:]}"
    if re.fullmatch(r"\+54[1-8]\d{9}", e164):
        return f"+549{e164[3:]}"
    if re.fullmatch(r"\+521\d{10}", e164):
        return f"+52{e164[4:]}"
    return e164


def check_region(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal unless the country of numbers without a country code is one, or none is given."""
    told = str(settings.get("default_region") or "")
    if told and told not in phonenumbers.SUPPORTED_REGIONS:
        reason = "The country is written as two capital letters, such as SE or BR."
        raise Refusal("invalid-settings", reason, "settings.default_region")


def region_of(text: str) -> str:
    """The country of a number with its code, as ``SE``; empty where it has none."""
    if not text.strip().startswith("+"):
        return ""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(text)) or ""
    except NumberParseException:
        return ""
