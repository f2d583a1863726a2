"""Files both ways: taken for what they are, cleaned, and given to nobody else."""

import dataclasses
import io
import struct
import sys
import zipfile
import zlib
from uuid import uuid4

import pytest
from PIL import Image

from mim_desk.hub.file_metadata import neutral_name, without_people
from mim_desk.hub.store import attachments
from mim_desk.hub.web_chat.app import WebChat
from mim_desk.hub.web_chat.limits import Limiter
from mim_desk.hub.web_chat.problems import ChatProblem
from mim_desk.hub.web_chat.sniffing import kind_of
from mim_desk.protocol import rows
from tests.fakes import FakeClock
from tests.guards import AllowLog
from tests.hub.web_chat.visitors import Desk, Visitor


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#2c53cf").save(out, kind, **options)
    return out.getvalue()


def with_place() -> bytes:
    """A photo, turned on its side, that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Cam of Leo"
    exif.get_ifd(0x8825)[2] = (39.0, 28.0, 11.0)
    return picture(exif=exif)


def archive(**entries: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name, text in entries.items():
            written.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), text)
    return out.getvalue()


_TYPES = '<?xml version="1.0"?><Types/>'


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.jpg", picture("JPEG"), "image/jpeg"),
        ("a.jpg", picture("PNG"), "image/png"),
        ("a", picture("GIF"), "image/gif"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("a.pdf", b"%PDF-1.7\n...", "application/pdf"),
        ("a.txt", "Grüße 你好".encode(), "text/plain"),
        ("a.csv", b"a;b\n1;2", "text/csv"),
        ("a.mp4", b"\0\0\0\x18ftypisom....", "video/mp4"),
        ("a.m4a", b"\0\0\0\x18ftypM4A ....", "audio/mp4"),
        (
            "a.docx",
            archive(**{"[Content_Types]_xml": _TYPES, "word__document_xml": "x"}),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "a.odt",
            archive(mimetype="application/vnd.oasis.opendocument.text"),
            "application/vnd.oasis.opendocument.text",
        ),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "application/msword"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", None),
        ("a.txt", b"<svg onload=alert(1)>", None),
        ("a.txt", b"  <!DOCTYPE html><script>alert(1)</script>", None),
        ("a.html", b"hello", None),
        ("a.js", b"alert(1)", None),
        ("a.txt", b"\x80\x81", None),
        ("a.txt", b"MZ\0\0", None),
        ("a.exe", b"MZ\x90\0", None),
        ("a.docx", archive(**{"[Content_Types]_xml": _TYPES, "word__vbaProject_bin": "x"}), None),
        ("a.zip", archive(a="x"), None),
        ("a.docx", b"PK\x03\x04broken", None),
        ("a.lnk", b"L\0\0\0\x01\x14\x02\0", None),
        ("a", b"hello", None),
    ],
)
def test_a_file_is_what_its_bytes_say(name: str, data: bytes, kind: str | None) -> None:
    assert kind_of(data, name) == kind


async def test_a_picture_loses_its_place_and_camera_and_stands_upright(visitor: Visitor, desk: Desk) -> None:
    told = (await visitor.upload("IMG 1.JPG", with_place())).json()

    stored = await desk.store.read(lambda conn: attachments.content(conn, told["file_id"]))

    assert stored is not None
    with Image.open(io.BytesIO(stored)) as cleaned:
        assert dict(cleaned.getexif()) == {}
        assert cleaned.size == (30, 40) == (told["width"], told["height"])
    assert b"Leo" not in stored
    assert (told["name"], told["mime_type"], told["size"]) == ("IMG 1.JPG", "image/jpeg", len(stored))


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
async def test_other_pictures_come_through(visitor: Visitor, kind: str) -> None:
    told = (await visitor.upload(f"a.{kind.lower()}", picture(kind))).json()

    assert (told["mime_type"], told["width"]) == (f"image/{kind.lower()}", 40)


async def test_a_moving_picture_keeps_moving(visitor: Visitor, desk: Desk) -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100, comment=b"by Leo")

    told = (await visitor.upload("a.gif", out.getvalue())).json()
    stored = await desk.store.read(lambda conn: attachments.content(conn, told["file_id"]))

    assert stored is not None and b"by Leo" not in stored
    with Image.open(io.BytesIO(stored)) as cleaned:
        assert getattr(cleaned, "n_frames", 1) == 3


def _bomb(side: int) -> bytes:
    """A picture of a few kilobytes that asks for gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [_bomb(14_000), _bomb(60_000), picture()[:200], b"\x89PNG\r\n\x1a\n" + b"x" * 100, b"GIF89a" + b"\xff" * 50],
    ids=["bomb", "bigger bomb", "cut off", "garbage", "broken gif"],
)
async def test_a_picture_that_cannot_be_read_is_refused_and_the_hub_lives_on(
    visitor: Visitor, desk: Desk, data: bytes
) -> None:
    answer = await visitor.upload("a.png", data)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert await desk.count("attachments") == 0
    assert (await visitor.write("Still here")).status_code == 201


@pytest.mark.parametrize(
    ("name", "data"), [("a.svg", b"<svg/>"), ("a.html", b"<html>"), ("a.js", b"alert(1)"), ("a.exe", b"MZ\0\0")]
)
async def test_what_is_not_on_the_list_is_not_taken(visitor: Visitor, desk: Desk, name: str, data: bytes) -> None:
    answer = await visitor.upload(name, data, "image/png")

    assert (answer.status_code, answer.json()["code"]) == (415, "bad_type")
    assert await desk.count("attachments") == 0


async def test_a_file_above_the_limit_is_too_large(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(limits={"file_bytes": 1000})

    for size in (1001, 100_000):
        answer = await visitor.upload("a.txt", b"x" * size)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert (await visitor.upload("a.txt", b"x" * 1000)).status_code == 201


async def test_the_bytes_of_a_day_are_limited(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(limits={"bytes_per_day": 1500})
    assert (await visitor.upload("a.txt", b"x" * 1000)).status_code == 201

    answer = await visitor.upload("a.txt", b"x" * 1000)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=a; filename=a.txt\r\n\r\nhel",
        ),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nhello\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"garbage"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data", b"--x--"),
        ("application/json", b"{}"),
        ("", b"hello"),
    ],
    ids=["interrupted", "no file", "garbage", "empty", "no boundary", "json", "no type"],
)
async def test_a_broken_form_is_invalid_and_leaves_nothing(
    visitor: Visitor, desk: Desk, kind: str, body: bytes
) -> None:
    answer = await visitor.call("POST", "uploads", content=body, headers={"Content-Type": kind})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert await desk.count("attachments") == 0


async def test_a_message_carries_uploaded_files_once(visitor: Visitor, desk: Desk) -> None:
    file_id = (await visitor.upload("note.txt", b"hello")).json()["file_id"]
    client_msg_id = str(uuid4())

    first = await visitor.write("Look", client_msg_id, kind="file", file_id=file_id)
    again = await visitor.write("Look", client_msg_id, kind="file", file_ids=[file_id])
    other = await visitor.write("Look", kind="file", file_id=file_id)

    assert (first.status_code, again.status_code) == (201, 200)
    assert (other.status_code, other.json()["code"]) == (400, "invalid")
    (attachment,) = (await desk.message(first.json()["message_id"])).attachments
    assert (attachment.name, attachment.mime_type, attachment.size) == ("note.txt", "text/plain", 5)


async def test_nobody_sends_the_file_of_another_session(visitor: Visitor) -> None:
    other = await Visitor(visitor.http).began()
    file_id = (await visitor.upload("note.txt", b"hello")).json()["file_id"]

    assert (await other.write("Mine?", kind="file", file_id=file_id)).status_code == 400
    assert (await other.call("GET", f"files/{file_id}")).status_code == 404


async def _address(visitor: Visitor) -> str:
    file_id = (await visitor.upload("a b\u202e.txt", b"hello")).json()["file_id"]
    await visitor.write("", kind="file", file_id=file_id)
    address: str = (await visitor.messages())["messages"][0]["attachments"][0]["url"]
    return address


async def test_a_file_is_a_download_that_no_browser_runs(visitor: Visitor) -> None:
    answer = await visitor.http.get(await _address(visitor))

    assert answer.content == b"hello"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%20b.txt"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_files_address_ends_after_ten_minutes_and_a_fresh_one_can_be_asked_for(
    visitor: Visitor, clock: FakeClock
) -> None:
    address = await _address(visitor)
    file_id = address.split("/")[-2]
    clock.now = clock.now.replace(minute=clock.now.minute + 11)

    assert (await visitor.http.get(address)).status_code == 404
    fresh = (await visitor.call("GET", f"files/{file_id}")).json()["url"]
    assert (await visitor.http.get(fresh)).content == b"hello"


async def test_a_changed_address_of_a_file_opens_nothing(visitor: Visitor) -> None:
    address = await _address(visitor)
    until = address.split("/")[-1].split(".")[0]

    for changed in (
        address.replace(until, str(int(until) + 600)),
        address[:-2],
        address + "a",
        address.replace("a", "b"),
    ):
        assert (await visitor.http.get(changed)).status_code == 404


async def test_a_files_address_ends_with_its_session(visitor: Visitor) -> None:
    address = await _address(visitor)
    await visitor.post("logout")

    assert (await visitor.http.get(address)).json()["code"] == "session_expired"


async def test_files_of_the_brand_leave_without_their_makers(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    photo = rows.Attachment("", "Plan_leo-martins 2.jpg", "image/jpeg", 0)
    kept = await desk.store.writer.run(lambda unit: attachments.add(unit, photo, with_place(), owner="agent-leo"))
    await desk.reply("Here", attachments=[kept.id])

    told = (await visitor.messages())["messages"][-1]["attachments"][0]
    answer = await visitor.http.get(told["url"])

    assert told["name"] == "Plan 2.jpg"
    assert "leo" not in answer.headers["content-disposition"].lower()
    assert b"Leo" not in answer.content
    with Image.open(io.BytesIO(answer.content)) as sent:
        assert dict(sent.getexif()) == {}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Offer_Leo_Martins.pdf", "Offer.pdf"),
        ("LeoMartins.pdf", "file.pdf"),
        ("leo.martins-cv.docx", "cv.docx"),
        ("Galileo Martinsson.pdf", "Galileo Martinsson.pdf"),
        ("Offer.pdf", "Offer.pdf"),
        ("no ending", "no ending"),
    ],
)
def test_a_file_name_loses_the_names_of_agents(name: str, wanted: str) -> None:
    assert neutral_name(name, ["Leo Martins", "leo.martins"]) == wanted


def test_documents_lose_their_authors() -> None:
    core = "<cp:coreProperties><dc:creator>Leo Martins</dc:creator><cp:lastModifiedBy>Leo</cp:lastModifiedBy></cp:coreProperties>"
    office = archive(docProps__core_xml=core, word__document_xml="<w>Text by hand</w>")
    pdf = b"%PDF-1.7\n1 0 obj<</Author (Leo \\(the\\) Martins)/Title (Offer)>>endobj\n%%EOF"

    cleaned = without_people("application/vnd.openxmlformats-officedocument.wordprocessingml.document", office)
    blanked = without_people("application/pdf", pdf)

    with zipfile.ZipFile(io.BytesIO(cleaned)) as opened:
        assert b"Leo" not in opened.read("docProps/core.xml")
        assert opened.read("word/document.xml") == b"<w>Text by hand</w>"
    assert b"Martins" not in blanked
    assert len(blanked) == len(pdf)
    assert b"/Title (Offer)" in blanked


def test_a_limit_opens_again_with_time() -> None:
    now = 0.0
    limiter = Limiter(lambda: now)
    limiter.take("x", "a", 2, 60)
    now = 30.0
    limiter.take("x", "a", 2, 60)

    with pytest.raises(ChatProblem) as refused:
        limiter.take("x", "a", 2, 60)
    limiter.take("x", "b", 2, 60)
    now = 61.0
    limiter.take("x", "a", 2, 60)

    assert refused.value.retry_after_s == 30


async def test_nothing_is_taken_unseen_while_the_scanner_cannot_be_started(
    visitor: Visitor, web_chat: WebChat, desk: Desk, allow_log: AllowLog
) -> None:
    allow_log("scanner_not_started")
    web_chat.chat = dataclasses.replace(web_chat.chat, scanner=("/nowhere/scan",))

    answer = await visitor.upload("a.txt", b"fine")

    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "not_now", "30")
    assert await desk.count("attachments") == 0


async def test_a_scanner_sees_each_upload_before_anybody_else(
    visitor: Visitor, web_chat: WebChat, desk: Desk, allow_log: AllowLog
) -> None:
    allow_log("upload_refused_by_scanner")
    rule = "import sys; sys.exit(b'EICAR' in sys.stdin.buffer.read())"
    web_chat.chat = dataclasses.replace(web_chat.chat, scanner=(sys.executable, "-c", rule))

    assert (await visitor.upload("a.txt", b"fine")).status_code == 201
    assert (await visitor.upload("a.txt", b"EICAR")).status_code == 400
    assert await desk.count("attachments") == 1
