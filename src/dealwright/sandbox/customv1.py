"""Custom values as v1 writes them: flat keys at the root, `<hash>` and `<hash>_<part>`."""

from typing import Any

from dealwright.sandbox.answers import Json
from dealwright.sandbox.call import Call
from dealwright.sandbox.customvalues import check_value
from dealwright.sandbox.fielddefs import FieldDef
from dealwright.sandbox.records import CustomValues
from dealwright.sandbox.validate import Spot

_PARTED = frozenset({"monetary", "time", "timerange", "daterange", "address"})


def read_v1(call: Call, kind: str, body: Json) -> CustomValues:
    """The custom values in a v1 body, in v2's form; what v1 cannot use it drops silently."""
    values: CustomValues = {}
    for code, field in call.company.fields[kind].custom.items():
        if code not in body:
            continue
        spot = Spot(call.company, user=call.user)
        value = check_value(field, _as_v2(field, body), spot)
        # v1 ignores what it does not understand (custom-fields page).
        if not spot.faults:
            values[code] = value
    return values


def _as_v2(field: FieldDef, body: Json) -> Any:
    value = body[field.code]
    if value is None or value == "":
        return None
    convert = _CONVERSIONS.get(field.type)
    if convert is not None:
        return convert(value)
    if field.type in _PARTED:
        return _parts(field, body)
    return value


def _parts(field: FieldDef, body: Json) -> Any:
    prefix = field.code + "_"
    parts: Json = {
        name.removeprefix(prefix): part for name, part in body.items() if name.startswith(prefix)
    }
    value = body[field.code]
    if isinstance(value, dict):
        return value  # pyright: ignore[reportUnknownVariableType]
    return {"value": _number(value) if field.type == "monetary" else value, **parts}


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        amount = float(value)
    except ValueError:
        return value
    return int(amount) if amount.is_integer() else amount


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _set(value: Any) -> Any:
    if isinstance(value, str):
        return [_whole(item) for item in value.split(",")]
    return value


_CONVERSIONS = {
    "double": _number,
    "enum": _whole,
    "set": _set,
    "user": _whole,
    "org": _whole,
    "people": _whole,
}
