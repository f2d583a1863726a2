"""A change that is only made to see whether changes can be made: an empty transaction says nothing of a full disk."""

from mim_desk.hub.store import driver
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit


def write(unit: Unit) -> None:
    """Write the time into a row of its own."""
    driver.execute(
        unit.conn,
        "INSERT INTO counters (name, value) VALUES ('probe', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (ms(unit.now),),
    )
