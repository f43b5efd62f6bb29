"""No setting is only talked about: each is read by the code that starts things."""

import ast

from tests.house.sources import ROOT, named, sources

from dealwright.settings import Settings

#: Read through a property that puts it together.
THROUGH = {"database_url": "store_url", "google_service_account": "add_on_account"}


def _read_in_the_source() -> set[str]:
    """What is read of a name or attribute `settings`, anywhere but in the settings themselves."""
    trees = (
        ast.parse(path.read_text(encoding="utf-8"))
        for path in sources(".py")
        if named(path).startswith("src/") and path != ROOT / "src/dealwright/settings.py"
    )
    return {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("settings")
    }


def test_every_setting_is_read() -> None:
    assert {THROUGH.get(name, name) for name in Settings.model_fields} - _read_in_the_source() == (
        set()
    )
