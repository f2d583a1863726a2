"""What a person types into search, taken apart."""

from datetime import UTC, datetime

import pytest

from mim_desk.domain.search_query import SearchQuery, search_query


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        pytest.param("refund late", SearchQuery("refund late"), id="words alone"),
        pytest.param("from:marta driver", SearchQuery("driver", sender="marta"), id="a sender"),
        pytest.param(
            'label:"Booking change"  hotel', SearchQuery("hotel", label="Booking change"), id="a quoted label"
        ),
        pytest.param("CHANNEL:WhatsApp 退款", SearchQuery("退款", channel="whatsapp"), id="a channel in any case"),
        pytest.param('channel:"web chat"', SearchQuery(channel="web_chat"), id="a channel of two words"),
        pytest.param("has:file in:note", SearchQuery(has_file=True, in_note=True), id="a file in a note"),
        pytest.param("before:2026-11-01 x", SearchQuery("x", before=datetime(2026, 11, 1, tzinfo=UTC)), id="a day"),
        pytest.param("before:yesterday has:wings", SearchQuery("before:yesterday has:wings"), id="values nobody knows"),
        pytest.param("from: https://a.b/from:x", SearchQuery("from: https://a.b/from:x"), id="no filter at all"),
    ],
)
def test_filters_are_told_from_words(typed: str, wanted: SearchQuery) -> None:
    assert search_query(typed) == wanted
