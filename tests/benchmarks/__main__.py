"""``python -m tests.benchmarks``: run all benchmarks or the named ones and print the table."""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, table

MODULES: Final = {
    "P1a": "start",
    "P1b": "start_rows",
    "P4": "timeline",
    "P6": "webhooks",
    "P7": "incoming",
    "P8": "outgoing",
    "adapters": "adapters",
    "mixed": "mixed",
    "import": "imports",
}
"""Name to the module below this package whose ``measure(options)`` answers figures."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 0 also when a goal was missed, since that is a figure and no failure."""
    chosen = _parser().parse_args(arguments)
    names = chosen.names or list(MODULES)
    options = Options.quick() if chosen.quick else Options()
    figures: list[Figure] = []
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        module = importlib.import_module(f"tests.benchmarks.{MODULES[name]}")
        figures += module.measure(options)
        if chosen.json:
            # after each, so that a run that is broken off keeps what it has
            chosen.json.write_text(json.dumps({one.name: one.as_json() for one in figures}, indent=2) + "\n", "utf-8")
    print(table(figures))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./mim bench", description="Measure each goal beside its floor.")
    parser.add_argument("names", nargs="*", choices=[*MODULES, []], metavar="NAME", help=f"of {', '.join(MODULES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and rows: to see that it runs, not to quote")
    return parser


if __name__ == "__main__":
    sys.exit(main())
