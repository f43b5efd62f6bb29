"""Switches as words on a command line: `field_search_shape=items`."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from dealwright.sandbox.options import Limits, Options, Switches

# Where a switch lives in Options, by its name.
_PLACE_OF = {
    **dict.fromkeys(get_type_hints(Switches), "switches"),
    **dict.fromkeys(get_type_hints(Limits), "limits"),
}
_TYPE_OF: dict[str, Any] = {**get_type_hints(Switches), **get_type_hints(Limits)}


class SwitchError(ValueError):
    """A switch that there is not, or not with this value; the sentence says what there is."""


def switched(options: Options, words: Iterable[str]) -> Options:
    """The options with these switches set; the names are those of Switches and Limits.

    Raises SwitchError.
    """
    for word in words:
        name, _, text = (part.strip() for part in word.partition("="))
        if name not in _PLACE_OF:
            known = ", ".join(_PLACE_OF)
            raise SwitchError(f"There is no switch “{name}”. There are: {known}.")
        place = _PLACE_OF[name]
        group = replace(getattr(options, place), **{name: _value(name, text)})
        options = replace(options, **{place: group})
    return options


def _value(name: str, text: str) -> Any:
    try:
        return msgspec.convert(text, _TYPE_OF[name], strict=False)
    except msgspec.ValidationError:
        raise SwitchError(f"{name} is {_choices(_TYPE_OF[name])}, not “{text}”.") from None


def _choices(wanted: Any) -> str:
    if get_origin(wanted) is Literal:
        return " or ".join(get_args(wanted))
    return "true or false" if wanted is bool else "a whole number"
