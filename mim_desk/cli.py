"""The ``mim-desk`` commands: reads the command line and hands it to the room that knows what to do.

A command's room is imported when it is chosen, because the desk's first paint must not wait for the hub's imports.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from mim_desk import __version__

Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # it has no public name


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and says its exit code."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    return run(chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mim-desk",
        description="Every messaging channel in one inbox on your desktop. Without a command it opens the desk.",
    )
    parser.add_argument("--version", action="version", version=f"mim-desk {__version__}")
    _add_desk_arguments(parser)
    parser.set_defaults(run=_desk)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_demo(commands)
    _add_hub(commands)
    _add_doctor(commands)
    return parser


def _add_desk_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offscreen", action="store_true", help="draw into memory, for machines without a display")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="save a picture of the window and end")


def _add_demo(commands: Parsers) -> None:
    parser = commands.add_parser("demo", help="open a throw-away workspace with simulated visitors")
    _add_desk_arguments(parser)
    parser.set_defaults(run=_demo)


def _add_hub(commands: Parsers) -> None:
    parser = commands.add_parser("hub", help="run the hub: receive, store and send for every desk of the team")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8642, help="port to listen on, 0 picks one (default: %(default)s)")
    parser.add_argument("--database", metavar="URL", help="postgresql://... or sqlite:///... (default: a file)")
    parser.add_argument("--broker", metavar="URL", help="nats://... wakes the other replicas")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain, PEM")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, PEM")
    parser.add_argument("--behind-proxy", action="store_true", help="a proxy in front of the hub ends TLS")
    parser.add_argument("--embedded", action="store_true", help="started by a desk: speak through the pipes")
    parser.set_defaults(run=_hub)


def _add_doctor(commands: Parsers) -> None:
    parser = commands.add_parser("doctor", help="look at this machine and say what is missing")
    parser.add_argument("--install", action="store_true", help="as root: install what is missing")
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    parser.add_argument("--quiet", action="store_true", help="say only what is missing")
    parser.set_defaults(run=_doctor)


def _desk(arguments: argparse.Namespace) -> int:
    from mim_desk import app

    return app.main(arguments)


def _demo(arguments: argparse.Namespace) -> int:
    from mim_desk.rehearsal import demo

    return demo.main(arguments)


def _hub(arguments: argparse.Namespace) -> int:
    from mim_desk.hub import run

    return run.main(arguments)


def _doctor(arguments: argparse.Namespace) -> int:
    from mim_desk.desk import diagnostics

    return diagnostics.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
