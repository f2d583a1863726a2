"""What a contact without a name is called by."""

from mim_desk.domain.contact import visitor_number


def test_the_number_of_a_visitor_has_four_digits_and_stays() -> None:
    numbers = [visitor_number(f"contact-{n}") for n in range(2000)]

    assert all(1000 <= number <= 9999 for number in numbers)
    assert numbers == [visitor_number(f"contact-{n}") for n in range(2000)]
    assert len(set(numbers)) > 1500
