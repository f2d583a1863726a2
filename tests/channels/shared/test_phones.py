"""Numbers as people write them come to one form, national variants too; what is no number stays none."""

import pytest

from mim_desk.channels.shared.phones import canonical, region_of


@pytest.mark.parametrize(
    ("written", "region", "wanted"),
    [
        pytest.param("+46 70 123 45 67", "", "+46701234567", id="spaces"),
        pytest.param("0046 70 123 45 67", "", "+46701234567", id="two-zeros-for-the-plus"),
        pytest.param("00 46 70 123 45 67", "SE", "+46701234567", id="two-zeros-with-a-region"),
        pytest.param("+46 (0)70-123 45 67", "", "+46701234567", id="trunk-zero-in-brackets"),
        pytest.param("070-123 45 67", "SE", "+46701234567", id="national-with-a-region"),
        pytest.param("070-123 45 67", "", "", id="national-without-a-region-is-no-key"),
        pytest.param("+55 11 6123-4567", "", "+5511961234567", id="brazil-without-the-ninth-digit"),
        pytest.param("+55 11 96123-4567", "", "+5511961234567", id="brazil-with-the-ninth-digit"),
        pytest.param("+54 11 2345-6789", "", "+5491123456789", id="argentina-without-the-9"),
        pytest.param("+54 9 11 2345-6789", "", "+5491123456789", id="argentina-with-the-9"),
        pytest.param("+52 1 55 1234 5678", "", "+525512345678", id="mexico-with-the-1"),
        pytest.param("+52 55 1234 5678", "", "+525512345678", id="mexico-without-the-1"),
        pytest.param("+999 123 456 789", "", "", id="no-such-country"),
        pytest.param("US.40917723865102", "US", "", id="an-id-of-a-network"),
        pytest.param("JS-48213", "SE", "", id="a-booking"),
        pytest.param("", "SE", "", id="nothing"),
    ],
)
def test_a_number_has_one_form(written: str, region: str, wanted: str) -> None:
    assert canonical(written, region) == wanted


def test_the_country_of_an_inbox_is_that_of_its_own_number() -> None:
    assert region_of("+46 8 555 010 20") == "SE"
    assert region_of("310555000111222") == ""
