"""Names that networks tell when asked: the calls as their sheets have them, and nothing made up from other answers."""

import json

import pytest

from mim_desk.channels.base import Account, Response
from mim_desk.channels.profiles import TellsProfiles
from mim_desk.channels.registry import ADAPTERS, manifest

ASKED = sorted(name for name, one in ADAPTERS.items() if isinstance(one, TellsProfiles))
NOBODY = ("", "../me", "91 0", "9?fields=id", "unknown:178", "Cgroup", "Rroom", "U/../info", "٣٤")


def account(**settings: str) -> Account:
    secrets = dict.fromkeys(("access_token", "channel_access_token"), "token-of-the-tests")
    return Account("i1", settings, secrets)


def asks(channel: str) -> TellsProfiles:
    adapter = ADAPTERS[channel]
    assert isinstance(adapter, TellsProfiles)
    return adapter


def answer(told: object, status: int = 200) -> Response:
    return Response(status, {}, json.dumps(told).encode())


@pytest.mark.parametrize(
    ("channel", "login", "person", "url"),
    [
        (
            "messenger",
            "",
            "91",
            "https://graph.facebook.com/v25.0/91?fields=first_name%2Clast_name%2Cname%2Cprofile_pic",
        ),
        ("instagram", "", "91", "https://graph.facebook.com/v25.0/91?fields=name%2Cusername%2Cprofile_pic"),
        ("instagram", "instagram", "91", "https://graph.instagram.com/v25.0/91?fields=name%2Cusername%2Cprofile_pic"),
        ("line", "", "Ucust", "https://api.line.me/v2/bot/profile/Ucust"),
        ("line", "", "C" + "0a" * 16, f"https://api.line.me/v2/bot/group/C{'0a' * 16}/summary"),
    ],
)
def test_a_person_is_asked_for_as_the_sheet_says(channel: str, login: str, person: str, url: str) -> None:
    request = asks(channel).profile_request(account(login=login), person)

    assert request is not None
    assert (request.method, request.url, request.body) == ("GET", url, b"")
    assert request.headers["authorization"] == "Bearer token-of-the-tests"


@pytest.mark.parametrize(
    ("channel", "told", "name"),
    [
        ("messenger", {"name": "Noor Haddad", "first_name": "Noor", "id": "91"}, "Noor Haddad"),
        ("messenger", {"first_name": "Noor", "last_name": "Haddad", "id": "91"}, "Noor Haddad"),
        ("messenger", {"first_name": " Noor "}, "Noor"),
        ("messenger", {}, None),
        ("instagram", {"name": "Noor", "username": "noor.h"}, "Noor"),
        ("instagram", {"name": "", "username": "noor.h"}, "noor.h"),
        ("line", {"userId": "Ucust", "displayName": "みお", "language": "ja"}, "みお"),
        ("line", {"userId": "Ucust", "displayName": "  "}, None),
        ("line", {"groupId": "C1", "groupName": "Book club"}, "Book club"),
    ],
)
def test_the_name_is_read_from_the_answer(channel: str, told: object, name: str | None) -> None:
    assert asks(channel).read_profile(answer(told)) == name


@pytest.mark.parametrize("channel", ASKED)
@pytest.mark.parametrize(
    "response",
    [
        answer({"name": "Noor", "displayName": "Noor"}, 400),
        answer({"error": {"code": 230, "message": "User consent is required"}}, 403),
        answer({"error": {"code": 100, "error_subcode": 2018218}}),
        answer({"message": "Not found"}, 404),
        answer([]),
        answer({"name": 7, "displayName": ["x"]}),
        Response(200, {}, b""),
        Response(200, {}, b"<html>"),
        Response(200, {}, b'{"name": "\xff", "displayName": "\xff"}'),
        Response(200, {}, b"[" * 100_000),
    ],
)
def test_a_refusal_and_garbage_name_nobody(channel: str, response: Response) -> None:
    assert asks(channel).read_profile(response) is None


@pytest.mark.parametrize("channel", ASKED)
def test_a_character_cut_in_half_at_the_end_is_no_part_of_a_name(channel: str) -> None:
    body = b'{"name": "Noor \xf0\x9f", "displayName": "Noor \\ud83d", "customer_list": [{"nickname": "Noor \xf0\x9f"}]}'
    told = Response(200, {}, body)

    assert asks(channel).read_profile(told) == "Noor"


@pytest.mark.parametrize("channel", ASKED)
@pytest.mark.parametrize("external_id", NOBODY)
def test_what_is_no_persons_id_is_not_asked_for(channel: str, external_id: str) -> None:
    assert asks(channel).profile_request(account(), external_id) is None


def test_manifests_say_who_asks() -> None:
    assert ASKED == ["instagram", "line", "messenger", "wecom_kf"]
    assert {manifest(name).checklist["profiles"] for name in ASKED} == {"done"}
