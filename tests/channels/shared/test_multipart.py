"""Forms with a file, read back by the standard library."""

from email import message_from_bytes
from email.message import Message

from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.shared.multipart import FilePart, form, form_of_files


def parts(content_type: str, body: bytes) -> list[Message]:
    whole = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    return list(whole.get_payload())  # type: ignore[arg-type]  # of a form it is a list


@given(st.binary(max_size=400))
def test_any_bytes_come_through(data: bytes):
    content_type, body = form({"kind": "image"}, "file", "a.jpg", "image/jpeg", data)

    field, file = body.split(content_type.partition("=")[2].encode())[1:3]
    assert b'name="kind"\r\n\r\nimage\r\n' in field
    assert file == (
        b'\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        + data
        + b"\r\n--"
    )


def test_a_form_has_its_fields_then_its_file():
    field, file = parts(*form({"messaging_product": "whatsapp"}, "file", "plan.pdf", "application/pdf", b"%PDF"))

    assert field.get_param("name", header="content-disposition") == "messaging_product"
    assert field.get_payload() == "whatsapp"
    assert (file.get_filename(), file.get_content_type()) == ("plan.pdf", "application/pdf")
    assert file.get_payload() == "%PDF"


def test_a_name_cannot_write_headers():
    _, body = form({}, "file", 'a"\r\nX-Evil: 1\r\n\r\n.pdf', "text/plain\r\nX-Evil: 1", b"")

    assert b"\r\nX-Evil" not in body


def test_the_same_file_makes_the_same_form():
    """Trying again sends the same bytes, whatever was drawn in between."""
    assert form({}, "file", "a", "b/c", b"data") == form({}, "file", "a", "b/c", b"data")


def test_several_files_stand_in_their_order():
    files = [FilePart("file0", "a.jpg", "image/jpeg", b"one"), FilePart("file1", "b.png", "image/png", b"two")]

    read = parts(*form_of_files({"chat_id": "7001"}, files))

    assert [part.get_payload() for part in read] == ["7001", "one", "two"]
    assert [part.get_filename() for part in read] == [None, "a.jpg", "b.png"]
