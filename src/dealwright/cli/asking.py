"""Asking: a person is asked before something is done that cannot be taken back."""

import sys

import typer

from dealwright.core.errors import ConfigError


def confirm(question: str, *, err: bool = False) -> None:
    """Ask, and go on with a yes; with `err` on the standard error, where the output is JSON.

    Raises ConfigError (`not_confirmed`) where nobody is there to answer.
    """
    if not sys.stdin.isatty():
        raise ConfigError("Nobody is there to be asked: add --yes.", code="not_confirmed")
    typer.confirm(question, abort=True, err=err)
