"""``mim-desk import``, as a person types it, against a real hub process."""

import json
from pathlib import Path

import pytest

from tests.desk.archives.made import BERLIN, written, zipped
from tests.desk.test_administration import Run, run

__all__ = ["run"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
CSV = "contact,name,at,direction,text\n"


def rows(count: int) -> str:
    return CSV + "".join(f"{n % 3},Mia {n % 3},2009-03-01T14:{n:02}:00Z,in,message {n}\n" for n in range(count))


async def test_an_import_broken_off_at_any_row_goes_on_and_the_same_file_changes_nothing(
    run: Run, tmp_path: Path
) -> None:
    whole = rows(40)
    for lines in (1, 2, 17, 31):
        part = written(tmp_path / "icq.csv", "".join(whole.splitlines(keepends=True)[:lines]))
        assert (await run("import", str(part))).code == 0
    path = written(tmp_path / "icq.csv", whole)

    first, second = await run("import", str(path)), await run("import", str(path))

    assert "icq.csv: 10 new messages, 30 known, 0 not read." in first.out, first.err
    assert "icq.csv: 0 new messages, 40 known, 0 not read." in second.out


async def test_one_bad_file_or_row_keeps_no_other_out(run: Run, tmp_path: Path) -> None:
    chat = zipped(tmp_path / "WhatsApp Chat - Mia.zip", **{"_chat.txt": BERLIN})
    table = written(tmp_path / "icq.csv", rows(2) + "0,Mia,never,in,x\n")

    done = await run("import", str(tmp_path / "none.zip"), str(table), str(chat))

    assert done.code == 1
    assert "There is no file" in done.err
    assert "icq.csv, line 4: Invalid isoformat string: 'never'" in done.err
    assert "WhatsApp Chat - Mia.zip: 2 new messages" in done.out


async def test_without_an_administrators_token_nothing_is_read(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path / "icq.csv", rows(2))

    assert (await run("import", str(path), token="wrong")).code == 1


async def test_what_is_too_long_for_a_message_comes_as_its_file_and_keeps_no_other_out(
    run: Run, tmp_path: Path
) -> None:
    rows_ = [
        {"contact": "1", "at": f"2009-03-01T14:0{number}:00Z", "direction": "in", "text": text, **more}
        for number, (text, more) in enumerate(
            [
                ("\u4e16" * 1_500_000, {}),
                ("\x01\n" * 80_000, {"name": "N" * 100_000, "by": "B" * 100_000}),
                ("an id", {"id": "i" * 100_000, "contact": "c" * 100_000}),
                ("last", {"file": "x" * 5_000}),
            ]
        )
    ]
    path = written(tmp_path / "icq.json", json.dumps(rows_))

    first, second = await run("import", str(path)), await run("import", str(path))

    assert "icq.json: 4 new messages, 0 known, 0 not read." in first.out, first.err
    assert "icq.json: 0 new messages, 4 known, 0 not read." in second.out


async def test_an_old_encoding_is_named_and_an_unknown_one_refused(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path / "icq.csv", (CSV + "1,Миа,2009-03-01,in,Привет\n").encode("cp1251"))

    done, refused = (
        await run("import", str(path), "--encoding", "cp1251"),
        await run("import", str(path), "--encoding", "hex"),
    )

    assert "1 new messages" in done.out, done.err
    assert (refused.code, "no encoding hex" in refused.err) == (1, True)


async def test_a_file_moves_no_cursor_of_whoever_reads_what_was_wrong_with_it(run: Run, tmp_path: Path) -> None:
    chat = {"name": "\x1b[2JMia", "type": "personal_chat", "id": 7, "messages": [17]}

    done = await run("import", str(written(tmp_path / "result.json", json.dumps(chat))))

    assert "message 1 of ?[2JMia" in done.err
    assert "\x1b" not in done.err
