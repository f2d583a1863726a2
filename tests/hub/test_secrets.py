"""Keys, the column cipher, tokens and passwords."""

import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.auth import GuessLimit, bearer, hash_password, new_token, password_matches, token_hash
from mim_desk.hub.logs import GONE, redact
from mim_desk.hub.secrets import Keys, find_keys

KEYS = Keys(bytes(range(32)))


def test_sealed_secrets_open_again_only_in_their_place_and_with_their_key():
    sealed = KEYS.cipher().seal({"signing_secret": "canary-value"}, "inbox:1")

    assert b"canary" not in sealed
    assert KEYS.cipher().open(sealed, "inbox:1") == {"signing_secret": "canary-value"}
    for cipher, place in ((KEYS.cipher(), "inbox:2"), (Keys(bytes(32)).cipher(), "inbox:1")):
        with pytest.raises(Refusal):
            cipher.open(sealed, place)


def test_a_keys_number_is_its_own_and_fits_the_store():
    other = Keys(bytes(32))

    assert KEYS.number == Keys(KEYS.root).number != other.number
    assert 0 <= KEYS.number < 2**63


def test_changed_bytes_are_refused():
    sealed = bytearray(KEYS.cipher().seal({"a": "b"}, "inbox:1"))
    sealed[-1] ^= 1

    with pytest.raises(Refusal):
        KEYS.cipher().open(bytes(sealed), "inbox:1")


def test_the_keys_of_different_purposes_differ():
    assert len({KEYS.database, KEYS.derive("column"), KEYS.derive("web chat"), KEYS.root}) == 4


def test_the_pipe_goes_before_the_environment_and_that_before_the_file(tmp_path):
    environ = {"MIM_DESK_KEY": "22" * 32}

    assert find_keys(tmp_path, environ, "11" * 32).root == bytes([0x11]) * 32
    assert find_keys(tmp_path, environ).root == bytes([0x22]) * 32
    assert not (tmp_path / "hub.key").exists()


def test_without_a_key_a_file_is_made_that_only_its_owner_reads(tmp_path):
    made = find_keys(tmp_path, {})

    assert made.made_at == tmp_path / "hub.key"
    assert made.made_at.stat().st_mode & 0o777 == 0o600
    again = find_keys(tmp_path, {})
    assert again.root == made.root
    assert again.made_at is None


def test_a_key_file_that_others_can_read_is_refused(tmp_path):
    find_keys(tmp_path, {})
    (tmp_path / "hub.key").chmod(0o644)

    with pytest.raises(Refusal, match="chmod 600"):
        find_keys(tmp_path, {})


@pytest.mark.parametrize("text", ["", "zz" * 32, "11" * 31, "11" * 33])
def test_a_key_that_is_none_is_refused(text, tmp_path):
    with pytest.raises(Refusal):
        find_keys(tmp_path, {"MIM_DESK_KEY": text or "x"})


def test_no_secret_shows_in_a_repr():
    assert "0001" not in repr(KEYS)
    assert "x00" not in repr(KEYS)


def test_tokens_are_random_and_stored_hashed():
    one, other = new_token(), new_token()

    assert one != other
    assert len(one) > 40
    assert token_hash(one) != token_hash(other)


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("", ""), ("Bearer", "")],
)
def test_only_bearer_tokens_are_read(header, token):
    assert bearer(header) == token


def test_a_password_matches_only_itself():
    stored = hash_password("correct horse")

    assert password_matches(stored, "correct horse")
    assert not password_matches(stored, "correct horse ")
    assert not password_matches(None, "correct horse")
    assert not password_matches("no hash at all", "correct horse")


def test_a_short_password_is_refused():
    with pytest.raises(Refusal) as refused:
        hash_password("short")

    assert refused.value.field == "password"


def test_guesses_are_limited_and_forgotten_after_success():
    limit = GuessLimit(2, 60.0)
    limit.failed("ana")
    assert limit.wait_s("ana") == 0.0
    limit.failed("ana")

    assert 0.0 < limit.wait_s("ana") <= 60.0
    assert limit.wait_s("ben") == 0.0
    limit.succeeded("ana")
    assert limit.wait_s("ana") == 0.0


def test_the_memory_of_guesses_is_bounded():
    limit = GuessLimit(1, 60.0, keys=10)
    for number in range(100):
        limit.failed(str(number))

    assert len(limit._failures) == 10


@pytest.mark.parametrize(
    ("record", "hidden"),
    [
        ({"event": "x", "access_token": "abc"}, "access_token"),
        ({"event": "x", "password": "abc"}, "password"),
        ({"event": "x", "text": "hello"}, "text"),
        ({"event": "x", "problem": "bad token mim_abcdefghijklmnopqrstuvwxyz012345"}, None),
        ({"event": "x", "problem": "Authorization: Bearer abc.def"}, None),
    ],
)
def test_the_log_hides_secrets_by_name_and_shape(record, hidden):
    told = redact(None, "info", dict(record))

    assert GONE in str(told)
    if hidden:
        assert told[hidden] == GONE
