"""Undofields: what one field is to hold after an undo, or why it keeps what it holds.

Looked at are all our writes of the field, oldest first, and what stands in it now. What a person
wrote is never written over; of lists each entry is a value of its own.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias, cast

from dealwright.core.scalars import same_number


class Why(StrEnum):
    """Why something is not undone; the value is a stable code."""

    EDITED = "edited_since"
    OVERWRITTEN = "written_since"
    UNREAD = "field_unread"
    GONE = "record_gone"
    MERGED = "record_merged"
    CREATED = "created_kept"
    IN_USE = "record_in_use"
    UNSURE = "record_unsure"
    OPTIONS = "options_stay"
    DELETED = "deleted_for_good"
    MERGE = "merged_for_good"
    LINK = "link_changed"
    MAIN_CONTACT = "main_contact"


class Written(NamedTuple):
    """One write of ours of one field; `undone`: it is to be undone, `undoes`: an undo wrote it."""

    before: Any
    after: Any
    undone: bool
    is_sure: bool
    undoes: bool = False


class To(NamedTuple):
    """What a field is to hold."""

    value: Any


class Stays(NamedTuple):
    """Why a field, or one entry of its list, keeps what it holds."""

    why: Why
    item: str = ""


Same: TypeAlias = Callable[[Any, Any], bool]
"""Whether what was wanted, or stood there, is what is held."""

#: What an appended text is set off by, in texts and in HTML.
_BETWEEN: Final = ("\n", "<br>", "<br />", "<br/>")


def is_empty(value: Any) -> bool:
    """Whether nothing stands there."""
    return value is None or value in ("", [], (), {})


def alike(one: Any, other: Any) -> bool:
    """Equality of values without a type of their own; nothing is nothing, however it is told."""
    return same_number(one, other) or (is_empty(one) and is_empty(other))


def undo_value(writes: Sequence[Written], now: Any, *, same: Same, ours: bool) -> To | Stays | None:
    """What a field of one value is to hold; None when it does already.

    `ours`: what stands there is known to be what we wrote last, whatever Pipedrive made of it.
    """
    writes = _left(_happened(writes, now, same), same)
    undone = [write for write in writes if write.undone]
    if not undone:
        return None
    run = _last_run(writes)
    if not run:
        return None if same(undone[0].before, now) else Stays(Why.OVERWRITTEN)
    chain = _chain(run, same)
    if same(chain[0].before, now):
        return None
    if ours or same(chain[-1].after, now):
        return To(chain[0].before)
    left = _without_ours(chain, now)
    return Stays(Why.EDITED) if left is None else To(left)


def _happened(writes: Sequence[Written], now: Any, same: Same) -> Sequence[Written]:
    """Without those at the end of which no answer came, and that cannot be seen."""
    last = len(writes)
    while last and not writes[last - 1].is_sure and not same(writes[last - 1].after, now):
        last -= 1
    return writes[:last]


def _left(writes: Sequence[Written], same: Same) -> Sequence[Written]:
    """Without what undos have taken back already, and without those undos."""
    left = list(writes)
    at = len(left) - 1
    while at >= 0:
        if left[at].undoes and not left[at].undone:
            after = left[at].after
            back = [n for n in range(at) if same(left[n].before, after)]
            if back:
                del left[back[-1] : at + 1]
                at = back[-1]
        at -= 1
    return left


def _last_run(writes: Sequence[Written]) -> list[Written]:
    """The last ones, as far back as all of them are to be undone."""
    run: list[Written] = []
    for write in reversed(writes):
        if not write.undone:
            break
        run.insert(0, write)
    return run


def _chain(run: Sequence[Written], same: Same) -> list[Written]:
    """The last that follow on each other: before them a person wrote, which is put back."""
    chain = [run[-1]]
    for write in reversed(run[:-1]):
        if not same(write.after, chain[0].before):
            break
        chain.insert(0, write)
    return chain


def _without_ours(chain: Iterable[Written], now: Any) -> str | None:
    """A text that others have added to, without what we added; None where that cannot be told."""
    text = now
    for write in reversed(list(chain)):
        added = _added(write.before, write.after)
        if not isinstance(text, str) or not added or text.count(added) != 1:
            return None
        at = text.index(added)
        end = text[at + len(added) :]
        if end and not end.startswith(_BETWEEN):
            return None
        text = text[:at] + end
    return text


def _added(before: Any, after: Any) -> str:
    if not isinstance(before, str) or not isinstance(after, str) or not before.strip():
        return ""
    held = before.strip()
    added = after[len(held) :] if after.startswith(held) else ""
    return added if added.startswith(_BETWEEN) else ""


# -- lists

Item = Any

#: By what the entries of each list are told apart, and how a person names one.
_KEYS: Final[Mapping[str, Callable[[Any], str]]] = {
    "emails": lambda item: str(item.get("value") or "").strip().casefold(),
    "phones": lambda item: re.sub(r"\D", "", str(item.get("value") or "")) or str(item["value"]),
    "participants": lambda item: str(item["person_id"]),
}

#: Lists of the records themselves; custom fields of several options are lists too.
LISTS: Final = frozenset({*_KEYS, "label_ids"})


class _Listed(NamedTuple):
    write: Written
    before: Mapping[str, Item]
    after: Mapping[str, Item]


def undo_list(
    name: str, writes: Sequence[Written], now: Any
) -> tuple[To | None, tuple[Stays, ...]]:
    """What a list is to hold, None when it does already; and the entries that stay, with why."""
    told = [_Listed(one, _by_key(name, one.before), _by_key(name, one.after)) for one in writes]
    held = _by_key(name, now)
    result, stays = dict(held), list[Stays]()
    for key in dict.fromkeys(key for one in told for key in (*one.before, *one.after)):
        found = _undo_entry(key, told, held)
        if isinstance(found, Stays):
            stays.append(found)
        elif isinstance(found, To) and found.value is None:
            del result[key]
        elif found is not None:
            result[key] = found.value
    if name in _KEYS:
        result = _with_primary(result, told, held)
    items = list(result.values())
    changed = items != list(held.values())
    return (To(items) if changed else None), tuple(stays)


def _undo_entry(key: str, told: Sequence[_Listed], held: Mapping[str, Item]) -> To | Stays | None:
    """What one entry is to be: To(None) is not there; None when nothing is to be done."""
    is_there = key in held
    toggles = [
        one
        for one in told
        if (key in one.before) != (key in one.after)
        and (one.write.is_sure or (key in one.after) == is_there)
    ]
    toggles = _untaken(key, toggles)
    undone = [one for one in toggles if one.write.undone]
    if not undone:
        return None
    if not toggles[-1].write.undone:
        as_before = (key in undone[0].before) == is_there
        return None if as_before else Stays(Why.OVERWRITTEN, _named(held.get(key, key)))
    first = toggles[-1]
    for one in reversed(toggles[:-1]):
        if not one.write.undone:
            break
        first = one
    if (key in first.before) == is_there:
        return None
    if key in first.before:
        return To(first.before[key])
    if _is_chosen(held[key], toggles[-1].after[key]):
        return Stays(Why.EDITED, _named(held[key]))
    return To(None)


def _untaken(key: str, toggles: Sequence[_Listed]) -> list[_Listed]:
    """Without what undos have taken back already, and without those undos."""
    left = list(toggles)
    at = len(left) - 1
    while at > 0:
        write, back = left[at].write, (key in left[at].after) != (key in left[at - 1].after)
        if write.undoes and not write.undone and back:
            del left[at - 1 : at + 1]
            at -= 1
        at -= 1
    return left


def _is_chosen(now: Item, then: Item) -> bool:
    """Whether a person has made an entry of ours the primary one."""
    if not isinstance(now, Mapping) or not isinstance(then, Mapping):
        return False
    now_parts, then_parts = cast("Mapping[str, Any]", now), cast("Mapping[str, Any]", then)
    return bool(now_parts.get("primary")) and not then_parts.get("primary")


def _with_primary(
    result: dict[str, Item], told: Sequence[_Listed], held: Mapping[str, Item]
) -> dict[str, Item]:
    """One entry is the primary one: which it was before, where we have changed that."""
    wanted, now = "", _primary(held)
    for one in reversed(told):
        old, new = _primary(one.before), _primary(one.after)
        if one.write.undone and old and old != new and (now in {new, wanted} or now not in result):
            wanted = old
    if wanted not in result:
        wanted = now if now in result else next(iter(result), "")
    return {
        key: {**item, "primary": key == wanted} if key == wanted or item.get("primary") else item
        for key, item in result.items()
    }


def _primary(items: Mapping[str, Item]) -> str:
    return next((key for key, item in items.items() if item.get("primary")), "")


def _by_key(name: str, value: Any) -> dict[str, Item]:
    key_of = _KEYS.get(name, str)
    items = cast("Iterable[Any]", value or ())
    return {key_of(item): item for item in items if not is_empty(item)}


def _named(item: Any) -> str:
    if isinstance(item, Mapping):
        parts = cast("Mapping[str, Any]", item)
        return str(parts.get("value") or parts.get("person_id") or "")
    return str(item)
