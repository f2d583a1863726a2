"""Who a visitor is: proofs that hold, proofs that do not, and what each lets one see."""

import base64
import hmac
import json
from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mim_desk.channels.web_chat.payloads import Proof
from mim_desk.hub.web_chat.identity import ProofKey, identity_hash, keys_of, proven
from mim_desk.hub.web_chat.problems import ChatProblem
from tests.fakes import FakeClock
from tests.hub.web_chat.visitors import IDENTITY_SECRET, WIDGET, Desk, Visitor, hash_proof, jwt_proof

NOW = datetime.fromtimestamp(1795326742, UTC)
AT = NOW.timestamp()
KEYS = [ProofKey("HS256", IDENTITY_SECRET)]


def told(proof: Proof, keys: list[ProofKey] = KEYS, now: datetime = NOW) -> str:
    """The customer a proof names, or the code it is refused with."""
    try:
        return proven(proof, keys, WIDGET, now).external_id
    except ChatProblem as problem:
        return problem.code


def test_the_vector_of_the_contract_holds() -> None:
    made = identity_hash("0123456789abcdef0123456789abcdef", "cust-42", 1795326742)

    assert made == "dec4350b5e352e02ed1332700cc9e8877e943558a801e6d689abdce64deb367a"
    assert told(Proof(external_id="cust-42", ts=1795326742, hash=made)) == "cust-42"


def test_a_hash_without_time_is_a_permanent_password_and_not_taken() -> None:
    plain = "f48c271cd2bc3561557f2b63a8f3e3f9040771ef8e76de411b3edbd342653221"
    assert hmac.new(IDENTITY_SECRET.encode(), b"cust-42", "sha256").hexdigest() == plain

    assert told(Proof(external_id="cust-42", ts=1795326742, hash=plain)) == "identity_invalid"
    assert told(Proof(external_id="cust-42", hash=plain)) == "invalid"


@pytest.mark.parametrize(
    ("shift", "wanted"),
    [(0, "cust-42"), (600, "cust-42"), (-600, "cust-42"), (601, "identity_expired"), (-601, "identity_expired")],
)
def test_a_hash_holds_for_ten_minutes(shift: int, wanted: str) -> None:
    ts = int(AT) + shift
    assert told(Proof(external_id="cust-42", ts=ts, hash=identity_hash(IDENTITY_SECRET, "cust-42", ts))) == wanted


@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(
            Proof(external_id="cust-43", ts=int(AT), hash=identity_hash(IDENTITY_SECRET, "cust-42", int(AT))),
            id="other customer",
        ),
        pytest.param(
            Proof(external_id="cust-42", ts=int(AT) + 1, hash=identity_hash(IDENTITY_SECRET, "cust-42", int(AT))),
            id="other time",
        ),
        pytest.param(Proof(external_id="cust-42", ts=int(AT), hash=""), id="empty"),
        pytest.param(Proof(external_id="cust-42", ts=int(AT), hash="\u00e9" * 64), id="not ascii"),
        pytest.param(Proof(external_id="cust-42", ts="1e9", hash="0" * 64), id="time in another writing"),
        pytest.param(
            Proof(
                external_id="cust-42.1", ts="795326742", hash=identity_hash(IDENTITY_SECRET, "cust-42", "1795326742")
            ),
            id="moved dot",
        ),
        pytest.param(Proof(external_id="", ts=int(AT), hash=identity_hash(IDENTITY_SECRET, "", int(AT))), id="nobody"),
        pytest.param(
            Proof(external_id="a\u202eb", ts=int(AT), hash=identity_hash(IDENTITY_SECRET, "a\u202eb", int(AT))),
            id="hidden mark",
        ),
        pytest.param(
            Proof(external_id="x" * 201, ts=int(AT), hash=identity_hash(IDENTITY_SECRET, "x" * 201, int(AT))), id="long"
        ),
    ],
)
def test_a_wrong_hash_is_invalid(proof: Proof) -> None:
    assert told(proof) == "identity_invalid"


def test_two_keys_hold_while_they_are_rotated() -> None:
    keys = keys_of({"identity_secret": "n" * 32, "previous_identity_secret": IDENTITY_SECRET}, {})

    assert told(Proof(**hash_proof("cust-42", AT)), keys) == "cust-42"  # type: ignore[arg-type]
    assert told(Proof(jwt=jwt_proof("cust-42", AT, key="n" * 32)), keys) == "cust-42"
    assert told(Proof(jwt=jwt_proof("cust-42", AT, key="o" * 32)), keys) == "identity_invalid"


def test_no_key_means_no_proof() -> None:
    assert told(Proof(jwt=jwt_proof("cust-42", AT)), []) == "identity_invalid"


def test_a_token_tells_name_and_facts() -> None:
    claims = {"name": " Ana ", "email": "ana@example.com", "attrs": {"plan": "gold", "age": 7, "deep": {"a": 1}}}

    found = proven(Proof(jwt=jwt_proof("cust-42", AT, **claims)), KEYS, WIDGET, NOW)

    assert (found.external_id, found.name) == ("cust-42", "Ana")
    assert found.fields == {"plan": "gold", "age": "7", "email": "ana@example.com"}


def _unsigned(algorithm: str) -> str:
    parts = [{"alg": algorithm, "typ": "JWT"}, {"sub": "cust-42", "aud": WIDGET, "iat": int(AT), "exp": int(AT) + 60}]
    written = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*written, ""])


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(jwt_proof("cust-42", AT, key="x" * 32), id="foreign key"),
        pytest.param(_unsigned("none"), id="none"),
        pytest.param(_unsigned("NonE"), id="none in another writing"),
        pytest.param(_unsigned("HS256"), id="no signature"),
        pytest.param(jwt_proof("cust-42", AT, key=IDENTITY_SECRET * 2, algorithm="HS512"), id="other algorithm"),
        pytest.param(jwt_proof("cust-42", AT, aud="wpub_other"), id="other widget"),
        pytest.param(jwt_proof("cust-42", AT, aud=None), id="no widget"),
        pytest.param(jwt_proof("cust-42", AT, exp=None), id="no end"),
        pytest.param(jwt_proof("cust-42", AT, iat=None), id="no beginning"),
        pytest.param(jwt_proof("cust-42", AT, exp=int(AT) + 3601), id="longer than an hour"),
        pytest.param(jwt_proof("cust-42", AT, iat=int(AT) + 120), id="from the future"),
        pytest.param(jwt_proof("cust-42", AT, nbf=int(AT) + 120), id="not yet"),
        pytest.param(jwt_proof(None, AT), id="nobody"),
        pytest.param(jwt_proof("", AT), id="empty"),
        pytest.param(jwt_proof("cust-42", AT)[:-3] + "AAA", id="changed signature"),
        pytest.param("a.b.c", id="garbage"),
        pytest.param("", id="empty text"),
        pytest.param("\u00e9.\u00e9.\u00e9", id="not ascii"),
    ],
)
def test_a_wrong_token_is_invalid(token: str) -> None:
    assert told(Proof(jwt=token)) == "identity_invalid"


def test_a_token_ends_with_its_time() -> None:
    token = jwt_proof("cust-42", AT - 900)

    assert told(Proof(jwt=token)) == "identity_expired"


def test_a_public_key_takes_its_own_algorithm_only() -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    claims = {"sub": "cust-42", "aud": WIDGET, "iat": int(AT), "exp": int(AT) + 60}
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=").decode()
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    forged = hmac.new(pem.encode(), f"{header}.{body}".encode(), "sha256").digest()
    confused = f"{header}.{body}.{base64.urlsafe_b64encode(forged).rstrip(b'=').decode()}"

    assert told(Proof(jwt=jwt.encode(claims, private, "EdDSA")), keys_of({}, {"identity_public_key": pem})) == "cust-42"
    assert told(Proof(jwt=confused), keys_of({}, {"identity_public_key": pem})) == "identity_invalid"


def _written(key: Ed25519PrivateKey, form: str) -> str:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    raw = base64.urlsafe_b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode().rstrip("=")
    forms = {"pem": pem, "one line": " ".join(pem.split("\n")), "bytes": raw}
    return forms.get(form) or json.dumps({"kty": "OKP", "crv": "Ed25519", "x": raw})


@pytest.mark.parametrize("form", ["pem", "one line", "bytes", "jwk"])
def test_a_public_key_is_taken_as_people_paste_it(form: str) -> None:
    key = Ed25519PrivateKey.generate()
    claims = {"sub": "cust-42", "aud": WIDGET, "iat": int(AT), "exp": int(AT) + 60}

    keys = keys_of({}, {"identity_public_key": _written(key, form)})

    assert told(Proof(jwt=jwt.encode(claims, key, "EdDSA")), keys) == "cust-42"


def test_two_public_keys_hold_while_they_are_rotated() -> None:
    new, old, foreign = (Ed25519PrivateKey.generate() for _ in range(3))
    claims = {"sub": "cust-42", "aud": WIDGET, "iat": int(AT), "exp": int(AT) + 60}
    settings = {"identity_public_key": _written(new, "pem"), "previous_identity_public_key": _written(old, "pem")}

    assert told(Proof(jwt=jwt.encode(claims, new, "EdDSA")), keys_of({}, settings)) == "cust-42"
    assert told(Proof(jwt=jwt.encode(claims, old, "EdDSA")), keys_of({}, settings)) == "cust-42"
    assert told(Proof(jwt=jwt.encode(claims, foreign, "EdDSA")), keys_of({}, settings)) == "identity_invalid"
    assert (
        told(Proof(jwt=jwt.encode(claims, old, "EdDSA")), keys_of({}, {**settings, "previous_identity_public_key": ""}))
        == "identity_invalid"
    )


async def test_identify_rotates_the_token_and_shows_the_customer_to_the_desk(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await visitor.write("Hello")
    before, session_id = visitor.token, visitor.session_id

    answer = await visitor.identify({"jwt": jwt_proof("cust-42", clock.now.timestamp(), name="Ana Ruiz")})

    assert (answer.status_code, answer.json()["switched"]) == (200, False)
    assert visitor.token != before
    assert visitor.session_id == session_id
    assert await visitor.texts() == ["Hello"]
    (contact,) = await desk.contacts()
    assert contact.name == "Ana Ruiz"
    assert [one.display for one in contact.identities if one.verified] == ["cust-42"]
    visitor.token = before
    assert (await visitor.call("GET", "messages")).json()["code"] == "session_expired"


async def test_a_refused_proof_changes_nothing(visitor: Visitor, desk: Desk, clock: FakeClock) -> None:
    await visitor.write("Hello")
    now = clock.now.timestamp()

    wrong = await visitor.identify({**hash_proof("cust-42", now), "hash": "0" * 64})
    old = await visitor.identify(hash_proof("cust-42", now - 1000))

    assert (wrong.status_code, wrong.json()["code"]) == (401, "identity_invalid")
    assert (old.status_code, old.json()["code"]) == (401, "identity_expired")
    assert await visitor.texts() == ["Hello"]
    assert [one.verified for contact in await desk.contacts() for one in contact.identities] == [False]


async def test_history_on_a_new_device_is_shown_only_with_proof(visitor: Visitor, desk: Desk, clock: FakeClock) -> None:
    await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))
    await visitor.write("From the first device")
    await desk.reply("Good day")
    phone = await Visitor(visitor.http).began()

    before = await phone.texts()
    await phone.identify(hash_proof("cust-42", clock.now.timestamp()))

    assert before == []
    assert await phone.texts() == ["From the first device", "Good day"]


async def test_the_anonymous_thread_goes_over_to_the_known_customer_once(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))
    await visitor.write("From home")
    await desk.reply("Good day")
    phone = await Visitor(visitor.http).began()
    clock.advance(clock.now - clock.now)
    await phone.write("From my phone")

    await phone.identify(hash_proof("cust-42", clock.now.timestamp()))

    assert await phone.texts() == ["From home", "Good day", "From my phone"]
    (contact,) = await desk.contacts()
    open_ones = [one for one in await desk.conversations() if one.status != "resolved"]
    assert [one.contact_id for one in open_ones] == [contact.id]
    assert open_ones[0].unread == 2
    assert open_ones[0].last_message is not None and open_ones[0].last_message.text == "From my phone"


async def test_another_customer_on_the_same_computer_gets_a_new_chat(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await visitor.identify(hash_proof("cust-1", clock.now.timestamp()))
    await visitor.write("Secret of the first")
    first, first_id = visitor.token, visitor.session_id

    answer = await visitor.identify(hash_proof("cust-2", clock.now.timestamp()))

    assert answer.json()["switched"] is True
    assert visitor.session_id != first_id
    assert await visitor.texts() == []
    await visitor.write("Words of the second")
    assert len(await desk.contacts()) == 2
    visitor.token = first
    assert (await visitor.call("GET", "messages")).json()["code"] == "session_expired"


async def test_the_same_customer_again_keeps_the_session(visitor: Visitor, clock: FakeClock) -> None:
    await visitor.identify(hash_proof("cust-1", clock.now.timestamp()))
    token = visitor.token

    await visitor.identify(hash_proof("cust-1", clock.now.timestamp()))

    assert visitor.token == token


async def test_a_visitor_joined_by_hand_does_not_see_the_customers_history(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    from mim_desk.hub.store import contact_merge

    await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))
    await visitor.write("Secret of the customer")
    await desk.reply("Answer to the customer")
    clock.advance(clock.now - datetime(2026, 11, 22, 11, 0, tzinfo=UTC))
    stranger = await Visitor(visitor.http).began()
    await stranger.write("I am cust-42, believe me")
    known, unknown = await desk.contacts()

    await desk.store.writer.run(lambda unit: contact_merge.merge(unit, unknown.id, known.id))
    await visitor.write("More secrets")

    assert await stranger.texts() == ["I am cust-42, believe me"]


async def test_page_facts_are_claims_and_lose_their_query(visitor: Visitor, desk: Desk) -> None:
    page = {"url": "https://user:pw@shop.example/coats?token=1#x", "title": "Coats", "referrer": ""}
    reader = await Visitor(visitor.http).began(page=page)

    await reader.write("Hello")

    (contact,) = await desk.contacts()
    assert contact.fields == {"claimed.page_url": "https://shop.example/coats", "claimed.page_title": "Coats"}
