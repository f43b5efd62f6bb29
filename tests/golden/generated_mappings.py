"""Mappings as nobody writes them: every directive in every other, from one seed."""

from collections.abc import Callable
from random import Random
from typing import Any

EVENT: dict[str, Any] = {
    "userId": "u-1",
    "empty": "",
    "zero": 0,
    "no": False,
    "yes": True,
    "nothing": None,
    "key": "name",
    "deep": {"list": [{"v": 1}, {"v": None}, [2, [3, None]]], "2": "two", "a b": "spaced"},
    "traits": {"name": "Ann", "email": "Ann@x.example", "total": 1200.5, "big": 1e21},
    "none": [],
    "eo": {},
    "items": [{"sku": "A", "n": 1}, None, {"sku": "B", "x": None}, 5, "s", [7]],
    "text": "a-b-a",
    "json": '{"a": [1, {"b": null}]}',
    "num": "42",
    "neg": -1.5,
}
PATHS = (
    "$.userId", "userId", "$.empty", "zero", "no", "yes", "nothing", "$.gone", "deep.list", "$.",
    "deep.list[0].v", "deep.list.2.1", "deep['a b']", "deep.2", "", "traits", "$.traits.name",
    "traits.total", "none", "eo", "items", "items.2", "text", "json", "num", "neg", "$.key",
    "zero.more", "nothing.x", "deep.list[9]", "items[0].sku", ".", "deep..2", "us$.erId",
)  # fmt: skip
TEMPLATES = (
    "{{userId}}", "{{{traits.name}}}", "a {{ traits.total }} b", "{{gone}}", "{{items}}",
    "{{deep.list}}", "{{traits}}", "{{zero}}{{no}}{{nothing}}", "{{{userId}}}}", "{{userId", "}}{{",
    "{{$.userId}}", "{{traits.{{{key}}}}}", "{{}}", "{{ }}", "{{traits.big}} {{neg}}",
    "{{{{userId}}}}", "{{none}}",
)  # fmt: skip
TEXTS = ("x", "a-b", "aAa", "Abc", "Straße")
SCALARS = (*TEXTS, "", 0, 1, -2.5, True, False, None, "{{userId}}")
KEYS = ("a", "b", "c", "1", "2", "x.y")


class Generator:
    """Makes mappings; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - no secret, only variety

    def mapping(self) -> dict[str, Any]:
        return {"v": self._node(3), "w": self._node(2)}

    def _node(self, depth: int) -> Any:
        chance = self._random.random()
        if depth <= 0 or chance < 0.15:
            return self._random.choice((*SCALARS, {"@path": self._random.choice(PATHS)}))
        if chance < 0.3:
            return self._object(depth)
        if chance < 0.4:
            return [self._node(depth - 1) for _ in range(self._random.randint(0, 3))]
        return self._directive(depth)

    def _object(self, depth: int) -> dict[str, Any]:
        names = self._random.sample(KEYS, self._random.randint(0, 3))
        return {name: self._node(depth - 1) for name in names}

    def _directive(self, depth: int) -> dict[str, Any]:
        if depth <= 0:
            return {"@path": self._random.choice(PATHS)}
        makers: tuple[Callable[[int], dict[str, Any]], ...] = (
            lambda at: {"@path": self._random.choice((*PATHS, self._directive(at)))},
            lambda at: {"@template": self._random.choice((*TEMPLATES, self._directive(at)))},
            self._condition,
            lambda at: {
                "@case": {"operator": self._one("lower", "upper"), "value": self._text(at)}
            },
            self._replace,
            lambda at: {"@arrayPath": [self._random.choice(PATHS), self._shape(at)]},
            lambda at: {"@arrayPath": [self._directive(at)]},
            lambda at: {"@literal": self._node(at)},
            lambda at: {"@json": {"mode": self._one("encode", "decode"), "value": self._node(at)}},
            self._flatten,
            lambda at: {
                "@merge": {
                    "direction": self._one("left", "right"),
                    "objects": [self._shape(at) for _ in range(self._random.randint(0, 3))],
                }
            },
            lambda at: {"@transform": {"apply": self._shape(at), "mapping": self._shape(at)}},
            lambda at: {"@excludeWhenNull": self._node(at)},
        )
        return self._random.choice(makers)(depth - 1)

    def _one(self, *choices: Any) -> Any:
        return self._random.choice(choices)

    def _coin(self) -> bool:
        return self._random.random() < 0.5

    def _text(self, depth: int) -> Any:
        return self._one(self._one(*TEXTS), self._directive(depth))

    def _shape(self, depth: int) -> dict[str, Any]:
        return self._object(depth) if self._coin() else self._directive(depth)

    def _condition(self, depth: int) -> dict[str, Any]:
        options = {self._one("exists", "blank"): self._node(depth), "then": self._node(depth)}
        if self._coin():
            options["else"] = self._node(depth)
        return {"@if": options}

    def _replace(self, depth: int) -> dict[str, Any]:
        return {
            "@replace": {
                "pattern": self._one("a", "-", "A", "1", "b-"),
                "replacement": self._one("", "z", "$&", "$$", "$1", "$`", "$'", "x$"),
                "ignorecase": self._coin(),
                "global": self._coin(),
                "pattern2": self._one("z", "b", "", 5),
                "value": self._text(depth),
            }
        }

    def _flatten(self, depth: int) -> dict[str, Any]:
        options: dict[str, Any] = {"separator": self._one(".", "_"), "value": self._node(depth)}
        if self._coin():
            options["omitArrays"] = self._coin()
        return {"@flatten": options}
