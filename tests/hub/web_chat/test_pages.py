"""The pages: who may frame them, what they may run, in which language and colour they come."""

import json
import re

import httpx
import pytest

from mim_desk.hub.web_chat import colors, pages
from mim_desk.resources import resource
from tests.hub.web_chat.visitors import API, HUB, WIDGET, Desk


def policy(answer: httpx.Response) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split("; ")
    return dict(part.partition(" ")[::2] for part in parts)


async def test_the_loader_is_small_and_needs_nothing(http: httpx.AsyncClient) -> None:
    answer = await http.get("/chat/loader.js")

    assert len(answer.content) < 5000
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "import" not in answer.text.replace("important", "")


async def test_the_page_of_its_own_is_framed_by_nobody(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/chat/{WIDGET}")

    assert answer.status_code == 200
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert policy(answer)["default-src"] == "'none'"
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_an_inbox_is_found_by_its_id_too(http: httpx.AsyncClient) -> None:
    answer = await http.get("/chat/0192f7a0-0000-7000-8000-000000000001")

    assert f'"widget": "{WIDGET}"' in answer.text


async def test_the_frame_is_for_allowed_sites_and_says_which(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/chat/{WIDGET}/frame?host=https://shop.example")

    assert policy(answer)["frame-ancestors"] == "https://shop.example https://*.brand.example 'self'"
    assert '"host": "https://shop.example"' in answer.text


@pytest.mark.parametrize("host", ["https://evil.example", "", "null", "https://shop.example/path", "javascript:0"])
async def test_a_frame_for_another_site_is_denied(http: httpx.AsyncClient, host: str) -> None:
    answer = await http.get(f"/chat/{WIDGET}/frame", params={"host": host})

    assert (answer.status_code, answer.json()["code"]) == (403, "origin_denied")


async def test_each_page_has_its_own_nonce_and_runs_only_what_carries_it(http: httpx.AsyncClient) -> None:
    first, second = [await http.get(f"/chat/{WIDGET}") for _ in range(2)]
    nonces = [re.search(r"'nonce-([^']+)'", policy(one)["script-src"])[1] for one in (first, second)]  # type: ignore[index]

    assert nonces[0] != nonces[1]
    assert re.findall(r"<script(?![^>]*nonce=)", first.text) == []
    assert "unsafe" not in first.headers["content-security-policy"]


async def test_what_the_brand_calls_itself_cannot_leave_its_place(http: httpx.AsyncClient, desk: Desk) -> None:
    await desk.settings(welcome="</script><script>alert(1)</script>", fallback_email='"><b>', mode='"x')

    answer = await http.get(f"/chat/{WIDGET}")

    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text
    told = re.search(r'id="config"[^>]*>(.*?)</script>', answer.text)
    assert told is not None
    assert json.loads(told[1])["welcome"] == "</script><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("asked", "header", "locale", "direction"),
    [
        ("ar-EG", "", "ar-EG", "rtl"),
        ("", "ar;q=0.9, en;q=0.5", "ar", "rtl"),
        ("", "nl-NL, en-GB", "en-GB", "ltr"),
        ("", "pt-BR, en-GB", "pt-BR", "ltr"),
        ("zh-CN", "", "zh-CN", "ltr"),
        ("xx", "", "en", "ltr"),
        ('"><script>', "", "en", "ltr"),
        ("", "", "en", "ltr"),
    ],
)
async def test_the_language_follows_the_page_then_the_browser(
    http: httpx.AsyncClient, asked: str, header: str, locale: str, direction: str
) -> None:
    answer = await http.get(f"/chat/{WIDGET}", params={"locale": asked}, headers={"Accept-Language": header})

    assert f'<html lang="{locale}" dir="{direction}"' in answer.text


async def test_the_first_of_the_offered_languages_is_the_default(http: httpx.AsyncClient, desk: Desk) -> None:
    await desk.settings(languages=["ar", "en"])

    assert '<html lang="ar" dir="rtl"' in (await http.get(f"/chat/{WIDGET}?locale=fr")).text


async def test_the_loader_is_told_only_what_its_button_needs(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{API}/config?widget={WIDGET}&locale=ar", headers={"Origin": "https://shop.example"})

    told = answer.json()
    assert set(told) == {"locale", "dir", "color", "on_color", "icon", "css", "strings"}
    assert set(told["strings"]) == {"title", "open", "close", "unread"}
    assert (told["dir"], told["locale"]) == ("rtl", "ar")


async def test_assets_are_kept_for_good_under_the_name_of_their_state(http: httpx.AsyncClient) -> None:
    page = (await http.get(f"/chat/{WIDGET}")).text
    script = re.search(r'src="(/chat/assets/[^"]+/main\.js)"', page)
    assert script is not None

    kept = await http.get(script[1])
    other = await http.get("/chat/assets/old/main.js")

    assert "immutable" in kept.headers["cache-control"]
    assert kept.headers["content-type"] == "text/javascript; charset=utf-8"
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path", ["assets/x/page.html", "assets/x/../../etc/passwd", "assets/x/en.json", "assets/x", "a/b/c"]
)
async def test_nothing_else_is_given_away(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(f"/chat/{path}")).status_code == 404


def test_every_language_says_the_same_with_the_same_holes() -> None:
    strings = pages.assets().strings
    english = strings["en"]

    for name, told in strings.items():
        assert set(told) == set(english), name
        for key, text in told.items():
            forms = list(text.values()) if isinstance(text, dict) else [text]
            wanted = english[key]["other"] if isinstance(english[key], dict) else english[key]
            holes = set(re.findall(r"{(\w+)}", wanted))
            assert set(re.findall(r"{(\w+)}", forms[-1])) == holes, (name, key)
            assert all(set(re.findall(r"{(\w+)}", form)) <= holes for form in forms), (name, key)


def test_arabic_has_all_its_plural_forms() -> None:
    told = pages.assets().strings["ar"]

    for key, text in told.items():
        if isinstance(text, dict):
            assert set(text) == {"zero", "one", "two", "few", "many", "other"}, key


def test_a_missing_sentence_falls_back_to_english() -> None:
    assert pages.words("xx", "Juniper")["send"] == "Send"


@pytest.mark.parametrize("color", ["#2c53cf", "#f2b705", "#ffffff", "#000000", "#7a1f5c", "#00ff00", "#808080"])
def test_every_brand_colour_is_readable(color: str) -> None:
    told = colors.variables(color)
    pairs = [
        (told["--light-on-accent"], told["--light-accent"]),
        (told["--light-accent-text"], "#ffffff"),
        (told["--light-accent-text"], "#f1f1ed"),
        ("#1a1c1f", told["--light-mine"]),
        (told["--light-mine-meta"], told["--light-mine"]),
        (told["--dark-on-accent"], told["--dark-accent"]),
        (told["--dark-accent-text"], "#1a1b1e"),
        (told["--dark-accent-text"], told["--dark-mine"]),
        ("#ecedef", told["--dark-mine"]),
        (told["--dark-mine-meta"], told["--dark-mine"]),
        (told["--dark-tick-read"], told["--dark-mine"]),
    ]
    assert [pair for pair in pairs if colors.contrast(*pair) < 4.5] == []


def test_the_styles_know_neither_left_nor_right() -> None:
    for name in ("chat.css", "loader.css"):
        css = (resource("web_chat") / name).read_text("utf-8")
        assert (
            re.findall(
                r"(?<![\w-])(?:margin|padding|border)-(?:left|right)|[;{ ](?:left|right):|text-align: (?:left|right)",
                css,
            )
            == []
        )


async def test_the_page_tells_nothing_to_other_origins(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/chat/{WIDGET}", headers={"Origin": "https://shop.example"})

    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["referrer-policy"] == "strict-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert HUB not in answer.text


def test_every_language_has_every_sentence() -> None:
    strings = pages.assets().strings

    assert {language: sorted(strings["en"].keys() - told.keys()) for language, told in strings.items()} == {
        language: [] for language in strings
    }


@pytest.mark.parametrize(
    ("name", "state", "language", "status", "said"),
    [
        ("wpub_none", "on", "de-AT,de;q=0.9", 404, "Diesen Chat gibt es nicht mehr."),
        (WIDGET, "off", "en", 403, "This chat is switched off at the moment."),
    ],
    ids=["unknown", "switched off"],
)
async def test_a_person_reads_why_there_is_no_chat_and_a_program_its_code(
    http: httpx.AsyncClient, desk: Desk, name: str, state: str, language: str, status: int, said: str
) -> None:
    await desk.settings(state=state)
    headers = {"accept": "text/html,*/*;q=0.8", "accept-language": language}

    page, told = await http.get(f"/chat/{name}", headers=headers), await http.get(f"/chat/{name}")

    assert (page.status_code, told.status_code) == (status, status)
    assert said in page.text
    assert page.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "code" in told.json()
