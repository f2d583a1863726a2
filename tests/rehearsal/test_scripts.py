"""The rehearsal's scripts can be played, and their faults are named."""

import unicodedata
from collections import defaultdict
from pathlib import Path

import jwt
import pytest

from mim_desk.rehearsal import scripts
from mim_desk.rehearsal.chat_page import ChatPage, identity_proof
from mim_desk.rehearsal.person import typing_s
from mim_desk.rehearsal.providers.registry import PROVIDERS
from mim_desk.rehearsal.scripts import BadScript, all_scripts, file_of, stage


def test_every_script_is_read_with_its_files() -> None:
    found = all_scripts()

    assert len({script.name for script in found}) == len(found) >= 12
    files = [file_of(act) for script in found for turn in script.turns for act in turn.says if act.file]
    assert len(files) >= 3
    assert all(file.stat().st_size < 20_000 for file in files)


def test_the_visitors_write_in_many_scripts() -> None:
    letters = "".join(act.text for script in all_scripts() for turn in script.turns for act in turn.says)
    written = {unicodedata.name(letter).split()[0] for letter in letters if letter.isalpha()}

    assert {"LATIN", "CJK", "HIRAGANA", "HANGUL", "ARABIC", "CYRILLIC", "THAI", "DEVANAGARI"} <= written


def test_every_channel_has_people_who_do_only_what_it_knows() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for script in all_scripts():
        kinds[script.channel] |= {act.kind for turn in script.turns for act in turn.says} - {"text"}

    known = {provider.channel: provider().phone(all_scripts()[0]).can for provider in PROVIDERS}
    assert kinds.keys() == known.keys() | {"web_chat"}
    assert {channel: kinds[channel] - can for channel, can in known.items() if kinds[channel] - can} == {}
    assert kinds["web_chat"] <= ChatPage.can


def test_the_stage_has_canned_replies_with_different_shortcuts() -> None:
    shortcuts = [canned_reply["shortcut"] for canned_reply in stage().canned_replies]

    assert len(set(shortcuts)) == len(shortcuts) >= 10


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name = 1 2", "bad.toml"),
        ('name = "A"\nlocale = "en"', "turns"),
        ('name = "A"\nlocale = "en"\nturns = []', "something to say"),
        ('name = "A"\nlocale = "en"\n[[turns]]\nsays = [{ kind = "file", file = "none.png" }]', "none.png"),
        ('name = "A"\nlocale = "en"\nmood = "bad"\n[[turns]]\nsays = ["x"]', "mood"),
    ],
)
def test_a_bad_script_is_refused_with_its_fault(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text, "utf-8")

    with pytest.raises(BadScript, match=fault):
        scripts._script(file)


def test_a_signed_in_customer_brings_a_proof_and_others_none() -> None:
    known = next(script for script in all_scripts() if script.email)
    unknown = next(script for script in all_scripts() if not script.email)

    proof = identity_proof(known, "wpub_1", "s" * 40)
    assert proof is not None
    claims = jwt.decode(proof["jwt"], "s" * 40, algorithms=["HS256"], audience="wpub_1")

    assert (claims["sub"], claims["name"]) == (known.email, known.name)
    assert claims["exp"] - claims["iat"] <= 3600
    assert identity_proof(unknown, "wpub_1", "s" * 40) is None


def test_typing_takes_human_time() -> None:
    assert typing_s("a" * 70) == pytest.approx(10)
    assert typing_s("退" * 30) == pytest.approx(10)
