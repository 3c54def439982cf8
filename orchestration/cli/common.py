"""What the commands share: options, exit codes, and how an error is told."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from orchestration.errors import ConfigurationError, PolicyRefused, TieoutError

PUBLISHED = 0
UNEXPECTED = 1
BAD_INPUT = 2
BLOCKED = 3

EstateOption = Annotated[
    Path | None,
    typer.Option(
        "--estate",
        envvar="TIEOUT_ESTATE",
        help="The estate file: sources, invoices, contracts, policy. Default: estate.yml in the current folder.",
        show_default=False,
    ),
]
HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="TIEOUT_HOME",
        help="The folder that holds everything a run writes. Default: .tieout in the current folder.",
        show_default=False,
    ),
]
PeriodArgument = Annotated[str, typer.Argument(metavar="PERIOD", help="Billing period, YYYY-MM.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn errors into exit codes: 2 for what the user can cure, 1 for anything unexpected."""
    try:
        yield
    except TieoutError as error:
        tell_refusal(error)
        raise typer.Exit(BAD_INPUT) from None
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        err.print(f"Unexpected {type(error).__name__}: {error}", style="red", markup=False)
        raise typer.Exit(UNEXPECTED) from None


def check_period(where: str, period: str) -> None:
    """Let a billing period pass.

    Raises:
        ConfigurationError: it is none; names ``where`` it was given.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", period):
        raise ConfigurationError(
            where,
            found=repr(period),
            expected="a billing period as YYYY-MM, such as 2026-09",
            cure="Correct it; `tieout status` lists the periods there are.",
        )


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show what is being done: a line that changes on a terminal, nothing elsewhere."""
    if not err.is_terminal:
        yield lambda message: None
        return
    with err.status("Starting") as line:
        yield lambda message: line.update(message.replace("[", "\\["))


def tell_refusal(error: TieoutError) -> None:
    """Print a refusal with its place and cure; of a policy, every finding."""
    for finding in error.findings if isinstance(error, PolicyRefused) else [error]:
        err.print(f"refused: {finding}", style="red", markup=False)
