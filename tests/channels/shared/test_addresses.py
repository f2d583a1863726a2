"""``api_base_url`` stands in the place of the provider's host, for every call."""

import pytest

from mim_desk.channels.shared.addresses import address, check_base
from mim_desk.domain.refusal import Refusal

URL = "https://api.example/v2/send?x=1"


@pytest.mark.parametrize(
    ("base", "wanted"),
    [
        ("", URL),
        (None, URL),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/v2/send?x=1"),
        ("http://127.0.0.1:9/base/", "http://127.0.0.1:9/base/v2/send?x=1"),
    ],
)
def test_the_address_of_a_call(base, wanted):
    assert address({"api_base_url": base}, URL) == wanted


@pytest.mark.parametrize("base", ["https://", "http://[::1", "gateway"])
def test_a_base_without_a_host_is_refused_by_name(base):
    with pytest.raises(Refusal) as refused:
        check_base({"api_base_url": base})

    assert refused.value.field == "settings.api_base_url"
