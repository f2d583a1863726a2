"""News of the business account, of its numbers, of what customers want: told in a few words each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mim_desk.channels.base import AccountTold, ConsentChanged, Unknown
from mim_desk.domain.consent import Purpose, Source
from mim_desk.domain.inbox import FigureState
from tests.channels.whatsapp.made import NOOR, NOW, PHONE, STAMP, USER, WRITTEN, change, parsed

WEEK = NOW + timedelta(days=7)
WARNING, DANGER = FigureState.WARNING, FigureState.DANGER
ACCOUNT = "Business account"
NEWS: dict[str, tuple[str, dict[str, Any], AccountTold]] = {
    "a broken rule": (
        "account_update",
        {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}},
        AccountTold(ACCOUNT, "Meta says that it broke a rule: spam", NOW, DANGER),
    ),
    "a restriction with its end": (
        "account_update",
        {
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [
                {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1795910400},
                {"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION", "expiration": "2026-11-24T00:00:00.000Z"},
            ],
        },
        AccountTold(
            ACCOUNT,
            "Meta restricts it: biz initiated messaging, add phone number action",
            NOW,
            DANGER,
            datetime(2026, 11, 29, tzinfo=UTC),
        ),
    ),
    "a restriction whose end cannot be read": (
        "account_update",
        {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "X", "expiration": "soon"}]},
        AccountTold(ACCOUNT, "Meta restricts it: x", NOW, DANGER),
    ),
    "a restriction of which nothing is told": (
        "account_update",
        {"event": "ACCOUNT_RESTRICTION"},
        AccountTold(ACCOUNT, "Meta restricts it: no reason given", NOW, DANGER),
    ),
    "soon disabled": (
        "account_update",
        {
            "event": "DISABLED_UPDATE",
            "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "November 30, 2026"},
        },
        AccountTold(ACCOUNT, "Meta is going to disable it (November 30, 2026)", NOW, DANGER),
    ),
    "disabled": (
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
        AccountTold(ACCOUNT, "Meta disabled it", NOW, DANGER),
    ),
    "enabled again": (
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}},
        AccountTold(ACCOUNT, "Meta enabled it again", NOW, until=WEEK),
    ),
    "deleted": (
        "account_update",
        {"event": "ACCOUNT_DELETED"},
        AccountTold(ACCOUNT, "Meta says that it was deleted", NOW, DANGER),
    ),
    "disconnected": (
        "account_update",
        {"event": "ACCOUNT_OFFBOARDED"},
        AccountTold(ACCOUNT, "it was disconnected from the Cloud API", NOW, DANGER),
    ),
    "connected again": (
        "account_update",
        {"event": "ACCOUNT_RECONNECTED"},
        AccountTold(ACCOUNT, "it is connected again", NOW, until=WEEK),
    ),
    "of a partner": (
        "account_update",
        {"event": "PARTNER_ADDED"},
        AccountTold("Business account, partner added", "told by Meta", NOW, until=WEEK),
    ),
    "an alert": (
        "account_alerts",
        {
            "entity_type": "BUSINESS",
            "alert_severity": "CRITICAL",
            "alert_type": "OBA_REJECTED",
            "alert_description": "Not  notable",
        },
        AccountTold("Oba rejected", "Not notable", NOW, DANGER, WEEK),
    ),
    "an alert as Meta's page nests it": (
        "account_alerts",
        {
            "entity_id": "1",
            "alert_info": {
                "alert_severity": "WARNING",
                "alert_type": "INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED",
                "alert_description": "Use it for some days.",
            },
        },
        AccountTold("Increased capabilities eligibility deferred", "Use it for some days.", NOW, WARNING, WEEK),
    ),
    "an alert that asks for nothing": (
        "account_alerts",
        {"alert_severity": "INFORMATIONAL", "alert_type": "OBA_APPROVED", "alert_status": "ACTIVE"},
        AccountTold("Oba approved", "active", NOW, until=WEEK),
    ),
    "a flagged number": (
        "phone_number_quality_update",
        {"display_phone_number": "15555550100", "event": "FLAGGED", "current_limit": "TIER_10K"},
        AccountTold("Number of 15555550100", "flagged; people it may write to first in a day: 10,000", NOW, WARNING),
    ),
    "a number that may do more": (
        "phone_number_quality_update",
        {"display_phone_number": "15555550100", "event": "UPGRADE", "current_limit": "TIER_UNLIMITED"},
        AccountTold(
            "Number of 15555550100", "upgrade; people it may write to first in a day: no limit", NOW, until=WEEK
        ),
    ),
    "a name that was refused": (
        "phone_number_name_update",
        {"decision": "REJECTED", "requested_verified_name": "Acme", "rejection_reason": "NAME_FORMAT_NOT_ACCEPTABLE"},
        AccountTold("Display name", "“Acme” rejected: name format not acceptable", NOW, WARNING, WEEK),
    ),
    "a name that was approved": (
        "phone_number_name_update",
        {"decision": "APPROVED", "requested_verified_name": "Acme", "rejection_reason": "NONE"},
        AccountTold("Display name", "“Acme” approved", NOW, until=WEEK),
    ),
    "other limits": (
        "business_capability_update",
        {"max_daily_conversation_per_phone": 2000, "max_phone_numbers_per_waba": 25},
        AccountTold(
            "Limits of the business",
            "daily conversation per phone: 2000, phone numbers per waba: 25",
            NOW,
            until=WEEK,
        ),
    ),
    "another pin": (
        "security",
        {"display_phone_number": "15555550100", "event": "PIN_CHANGED", "requester": "5001"},
        AccountTold("Security", "pin changed, by 5001", NOW, WARNING, WEEK),
    ),
}


@pytest.mark.parametrize(("field", "value", "wanted"), NEWS.values(), ids=NEWS.keys())
def test_news_of_the_account_are_told_in_words(field: str, value: dict[str, Any], wanted: AccountTold):
    assert parsed({"field": field, "value": value}) == (wanted,)


@pytest.mark.parametrize("field", sorted({field for field, _, _ in NEWS.values()} - {"business_capability_update"}))
@pytest.mark.parametrize("value", [{}, [], 3, {"event": 3}, {"alert_info": 3}, {"decision": None}])
def test_news_that_cannot_be_read_are_kept(field: str, value: object):
    (event,) = parsed({"field": field, "value": value})

    assert isinstance(event, Unknown | AccountTold)


PREFERENCE = {"wa_id": PHONE, "category": "marketing_messages", "value": "stop", "detail": "x", "timestamp": STAMP}


@pytest.mark.parametrize(("value", "granted"), [("stop", False), ("resume", True), ("signup", True)])
def test_what_a_customer_wants_of_marketing_is_told(value: str, *, granted: bool):
    told = parsed(change("user_preferences", user_preferences=[{**PREFERENCE, "value": value}]))

    assert told == (ConsentChanged(NOOR, WRITTEN, granted, Purpose.MARKETING, Source.PROVIDER),)


ODD: list[object] = [
    17,
    {"wa_id": PHONE},
    {"value": "stop"},
    {**PREFERENCE, "value": "maybe"},
    {**PREFERENCE, "category": "x"},
]


def test_wishes_that_cannot_be_read_harm_no_neighbour():
    told = parsed(change("user_preferences", user_preferences=[*ODD, {**PREFERENCE, "user_id": USER}], contacts=[]))

    assert [type(one) for one in told] == [Unknown] * 5 + [ConsentChanged]
