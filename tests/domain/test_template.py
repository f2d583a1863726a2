"""How a filled template reads, and that reading one never fails."""

from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.template import (
    ButtonKind,
    Filling,
    Parameter,
    ParameterKind,
    Part,
    PartKind,
    Run,
    as_text,
    filled,
    holes,
    parameters,
    runs,
)

HEADER = Part("header", PartKind.HEADER, "Tu artículo ya está aquí")
BODY = Part(
    "body",
    PartKind.BODY,
    "Hola {{1}}, tu {{2}} ya está en la tienda {{3}}.",
    tuple(Parameter(f"body.{n}", name=str(n)) for n in (1, 2, 3)),
)
LINK = Part(
    "button.0",
    PartKind.BUTTON,
    "Ver el pedido",
    (Parameter("button.0.link", ParameterKind.LINK_END, "1"),),
    ButtonKind.LINK,
    "https://acme.example/t/{{1}}",
)
VALUES = {"body.1": "Diego", "body.2": "abrigo, talla L", "body.3": "Valencia Centro", "button.0.link": "R-20874"}


def test_a_filled_template_reads_as_the_customer_sees_it():
    told = as_text([HEADER, BODY, LINK], Filling(VALUES))

    assert told == (
        "Tu artículo ya está aquí\nHola Diego, tu abrigo, talla L ya está en la tienda Valencia Centro.\n▸ Ver el pedido"
    )


def test_blanks_are_told_apart_from_words_and_values():
    assert runs(BODY, Filling({"body.1": "Diego"})) == (
        Run("Hola "),
        Run("Diego", "body.1"),
        Run(", tu "),
        Run("{{2}}", "body.2", is_blank=True),
        Run(" ya está en la tienda "),
        Run("{{3}}", "body.3", is_blank=True),
        Run("."),
    )


def test_a_link_is_filled_at_its_hole():
    assert filled(LINK, Filling(VALUES), LINK.target) == "https://acme.example/t/R-20874"


def test_named_holes_are_found_once_each():
    assert holes("{{ first_name }} and {{first_name}} at {{place}}") == ["first_name", "place"]


def test_a_hole_that_no_parameter_fills_stays_as_it_is():
    assert filled(Part("body", PartKind.BODY, "Use {{braces}}"), Filling({})) == "Use {{braces}}"


def test_a_location_header_is_told_in_words():
    names = {"latitude": ParameterKind.LATITUDE, "longitude": ParameterKind.LONGITUDE}
    place = tuple(
        Parameter(f"header.{name}", names.get(name, ParameterKind.TEXT))
        for name in ("latitude", "longitude", "name", "address")
    )
    values = {"header.latitude": "39.47", "header.longitude": "-0.37", "header.name": "Shop", "header.address": "C/ 1"}

    assert as_text([Part("header", PartKind.HEADER, parameters=place)], Filling(values)) == "Shop, C/ 1"


def test_whom_it_goes_to_is_not_in_the_words():
    to = Part("recipient", PartKind.RECIPIENT, parameters=(Parameter("recipient.phone", ParameterKind.PHONE),))

    assert as_text([to, HEADER], Filling({"recipient.phone": "+82 10 1234 5678"})) == HEADER.text


texts = st.text(st.sampled_from("{}1ab \n€名"), max_size=30)
any_part = st.builds(
    Part,
    st.sampled_from(["header", "body", "button.0"]),
    st.sampled_from(PartKind),
    texts,
    st.lists(
        st.builds(Parameter, texts, st.sampled_from(ParameterKind), st.sampled_from(["1", "a", "b", ""])), max_size=3
    ).map(tuple),
    st.sampled_from([None, *ButtonKind]),
    texts,
    st.none() | st.integers(0, 9),
    st.integers(0, 40),
)


@given(st.lists(any_part, max_size=4), st.dictionaries(texts, texts))
def test_any_template_with_any_values_can_be_read(parts: list[Part], values: dict[str, str]):
    filling = Filling(values)

    told = as_text(parts, filling)

    assert isinstance(told, str)
    for part in parts:
        assert "".join(run.text for run in runs(part, filling)) == filled(part, filling)
    assert len(list(parameters(parts))) == sum(len(part.parameters) for part in parts)
