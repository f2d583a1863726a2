"""Merging at the API: suggestions by keys, what survives, undoing, telling apart; never by itself."""

from datetime import UTC, datetime

import pytest

from mim_desk.hub.store import match_keys
from mim_desk.protocol import rows
from tests.hub.live import Live, incoming

AT = datetime(2026, 11, 22, tzinfo=UTC)


async def written(shop: Live, who: str, **fields: str) -> str:
    """A contact who wrote, with what people know of them; its id."""
    (await shop.deliver(incoming(who, f"from {who}"))).raise_for_status()
    listed = (await shop.client.get("/api/v1/conversations", params={"limit": 50})).json()["items"]
    for one in listed:
        contact = (await shop.client.get(f"/api/v1/contacts/{one['contact_id']}")).json()
        if any(identity["external_id"] == who for identity in contact["identities"]):
            if fields:
                path = f"/api/v1/contacts/{contact['id']}"
                (await shop.client.patch(path, json={"fields": fields})).raise_for_status()
            return str(contact["id"])
    raise AssertionError(who)


async def merges(shop: Live, contact_id: str) -> dict:
    return dict((await shop.client.get(f"/api/v1/contacts/{contact_id}/merges")).raise_for_status().json())


async def test_the_same_number_written_in_two_ways_is_suggested_and_never_merged_by_itself(shop: Live) -> None:
    ann = await written(shop, "ann", phone="+55 11 96123-4567")
    other = await written(shop, "anna", phone="+55 11 6123-4567")
    await written(shop, "ben", phone="+46701234567")

    (given,) = (await merges(shop, ann))["suggestions"]

    assert given["contact"]["id"] == other
    assert given["shared"] == [{"kind": "phone", "value": "+5511961234567", "proven": True}]
    assert given["same_inboxes"] == [shop.inbox_id], "both write in one inbox under different ids"
    assert (await shop.client.get(f"/api/v1/contacts/{other}")).json()["id"] == other


async def test_numbers_without_a_country_code_are_of_the_country_that_the_inbox_says(shop: Live) -> None:
    path = f"/api/v1/inboxes/{shop.inbox_id}"
    wrong = await shop.client.patch(path, json={"settings": {"default_region": "Sweden"}})
    (await shop.client.patch(path, json={"settings": {"default_region": "SE"}})).raise_for_status()
    ann = await written(shop, "ann", phone="070-123 45 67")
    other = await written(shop, "anna", phone="+46701234567")

    (given,) = (await merges(shop, ann))["suggestions"]

    assert (wrong.status_code, wrong.json()["field"]) == (400, "settings.default_region")
    assert (given["contact"]["id"], given["shared"][0]["value"]) == (other, "+46701234567")


async def test_what_a_visitor_only_typed_is_suggested_as_not_proven(shop: Live) -> None:
    ann = await written(shop, "ann", email="Ann@Example.com")
    await written(shop, "visitor", **{"claimed.email": "ann@example.com"})

    (given,) = (await merges(shop, ann))["suggestions"]

    assert given["shared"] == [{"kind": "email", "value": "ann@example.com", "proven": False}]


async def test_two_who_were_told_apart_are_not_suggested_again(shop: Live) -> None:
    ann, other = await written(shop, "ann", phone="+46701234567"), await written(shop, "anna", phone="+46701234567")

    (await shop.client.post(f"/api/v1/contacts/{ann}/not-same", json={"contact_id": other})).raise_for_status()

    assert (await merges(shop, ann))["suggestions"] == []
    assert (await merges(shop, other))["suggestions"] == []


async def test_a_merge_keeps_what_was_chosen_and_is_undone_whole(shop: Live) -> None:
    ann, ben = await written(shop, "ann", city="Oslo"), await written(shop, "ben", city="Rome")
    body = {"contact_id": ben, "survivors": {"name": "other", "fields.city": "other"}}

    merged = (await shop.client.post(f"/api/v1/contacts/{ann}/merge", json=body)).raise_for_status().json()
    (await shop.deliver(incoming("ben", "after the merge"))).raise_for_status()
    (kept,) = (await merges(shop, ann))["merged"]
    undone = (await shop.client.post(f"/api/v1/contacts/{ann}/unmerge", json={"contact_id": ben})).json()

    assert (merged["name"], merged["fields"]["city"]) == ("Ben", "Rome")
    assert (kept["contact_id"], [one["external_id"] for one in kept["identities"]]) == (ben, ["ben"])
    assert (undone["contact"]["name"], undone["contact"]["fields"]) == ("Ann", {"city": "Oslo"})
    assert (undone["other"]["name"], undone["other"]["fields"]) == ("Ben", {"city": "Rome"})
    listed = (await shop.client.get("/api/v1/conversations", params={"limit": 50})).json()["items"]
    assert {one["contact_id"]: one["last_message"]["text"] for one in listed if one["last_message"]} == {
        ann: "from ann",
        ben: "after the merge",
    }
    assert (await merges(shop, ann))["suggestions"] == []


async def test_what_is_not_merged_cannot_be_taken_out(shop: Live) -> None:
    ann, ben = await written(shop, "ann"), await written(shop, "ben")

    answer = await shop.client.post(f"/api/v1/contacts/{ann}/unmerge", json={"contact_id": ben})

    assert (answer.status_code, answer.json()["code"]) == (409, "not-merged")


async def test_fields_are_changed_one_by_one_and_an_empty_one_goes(shop: Live) -> None:
    ann = await written(shop, "ann", city="Oslo", booking="J-1")

    changed = (await shop.client.patch(f"/api/v1/contacts/{ann}", json={"fields": {"city": "", "vip": "yes"}})).json()

    assert changed["fields"] == {"booking": "J-1", "vip": "yes"}


async def test_a_contact_of_another_teams_is_neither_suggested_nor_merged(shop: Live) -> None:
    ann, other = await written(shop, "ann", phone="+46701234567"), await written(shop, "anna", phone="+46701234567")
    team = (await shop.client.post("/api/v1/teams", json={"name": "VIP"})).raise_for_status().json()
    listed = (await shop.client.get("/api/v1/conversations", params={"limit": 50})).json()["items"]
    theirs = next(one for one in listed if one["contact_id"] == other)
    headers = {"if-match": f'"{theirs["version"]}"'}
    patched = await shop.client.patch(
        f"/api/v1/conversations/{theirs['id']}", json={"team_id": team["id"]}, headers=headers
    )
    patched.raise_for_status()
    agent = await shop.agent("leo")

    told = (await agent.get(f"/api/v1/contacts/{ann}/merges")).json()
    refused = await agent.post(f"/api/v1/contacts/{ann}/merge", json={"contact_id": other})

    assert told["suggestions"] == []
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("identity", "fields", "keys"),
    [
        pytest.param(("sms", "+46701234567", ""), {}, {"phone:+46701234567": True}, id="a-number-as-id"),
        pytest.param(("whatsapp", "US.409", "+46 70 123 45 67"), {}, {"phone:+46701234567": False}, id="only-shown"),
        pytest.param(("line", "U4af4980629", "Ann"), {}, {}, id="an-id-of-a-network"),
        pytest.param(("line", "U4af", "Ann"), {"mobile": "070-123 45 67"}, {"phone:+46701234567": True}, id="national"),
        pytest.param(("line", "U4af", "Ann"), {"booking": "+46701234567"}, {}, id="not-every-field-is-a-key"),
    ],
)
def test_by_what_a_contact_is_found(identity: tuple[str, str, str], fields: dict[str, str], keys: dict) -> None:
    channel, external_id, display = identity
    row = rows.Contact("c", "Ann", AT, identities=[rows.Identity(channel, "i1", external_id, display)], fields=fields)

    assert match_keys.keys_of(row, {"i1": "SE"}) == keys
    assert match_keys.may_have_keys(row) or not keys


@pytest.mark.parametrize(
    ("countries", "keys"),
    [
        pytest.param({"sms": "SE"}, {"phone:+46701234567": True}, id="the-only-country"),
        pytest.param({"sms": "SE", "chat": "SE"}, {"phone:+46701234567": True}, id="they-agree"),
        pytest.param({"sms": "SE", "chat": "NO"}, {}, id="they-differ"),
        pytest.param({}, {}, id="nobody-says"),
    ],
)
def test_where_an_inbox_says_no_country_that_of_the_others_counts_if_they_agree(
    countries: dict[str, str], keys: dict[str, bool]
) -> None:
    """LINE, Messenger and others tell no numbers, but people note them in the contact's fields."""
    noted = {"phone": "070-123 45 67"}
    row = rows.Contact("c", "Ann", AT, identities=[rows.Identity("line", "i1", "U4af", "Ann")], fields=noted)

    assert match_keys.keys_of(row, countries) == keys


async def test_a_contact_that_was_merged_is_found_by_the_one_it_went_into(shop: Live) -> None:
    ann, ben = await written(shop, "ann", phone="+46701234567"), await written(shop, "ben", email="b@example.com")
    await shop.client.post(f"/api/v1/contacts/{ann}/merge", json={"contact_id": ben})
    third = await written(shop, "cem", email="b@example.com")

    (given,) = (await merges(shop, third))["suggestions"]

    assert given["contact"]["id"] == ann
