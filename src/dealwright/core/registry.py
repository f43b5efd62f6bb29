"""discover(): the plug-ins of a family are the modules of its package."""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, name: str, kind: type[T]) -> dict[str, T]:
    """Import every module of `package` and collect what it calls `name`, by module name.

    Raises TypeError, at start and never later, when a module lacks it or it is something else.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        plugin = getattr(module, name, None)
        if not isinstance(plugin, kind):
            raise TypeError(f"{module.__name__} must define {name} as {kind.__name__}")
        found[info.name] = plugin
    return found
