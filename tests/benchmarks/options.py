"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Sizes of a run; the defaults are those of performance.md.

    Attributes:
        rounds: how often floor and figure take turns.
        conversations: cached conversations of P1b.
        messages: messages in the conversation of P4.
        round_s: seconds of one round of P6.
        samples: messages of P7 and P8 in one round.
        stream_s: how long all channels write at once.
        burst_s: seconds of one round of each adapter.
    """

    rounds: int = 7
    conversations: int = 100_000
    messages: int = 100_000
    round_s: float = 5.0
    samples: int = 40
    stream_s: float = 60.0
    burst_s: float = 0.1

    @classmethod
    def quick(cls) -> "Options":
        """Enough to see that everything runs."""
        return cls(rounds=3, conversations=2_000, messages=2_000, round_s=1.5, samples=10, stream_s=8.0, burst_s=0.02)
