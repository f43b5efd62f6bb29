"""The codes that a Delivery can end in, read from all source that a try at one can reach."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.docs.codes import CODE, SOURCE, codes_of

from dealwright.core.budget import CODES as BUDGET_CODES
from dealwright.meetings.deciding import Becomes

#: Where a try begins, and what else puts Deliveries into a state.
ROOTS = (
    "pipeline/deliver.py",
    "pipeline/switch.py",
    "pipeline/parting.py",
    "pipeline/route.py",
    "store/delivery_list.py",
    "store/meeting_deliveries.py",
    "store/retention.py",
    "store/replays.py",
)
PLUG_INS = ("actions", "core/fieldtypes")

#: Calls whose arguments name a code without saying `code=`.
ENDINGS = {"ended", "_ended"}

#: Codes that are met on the way and are never a Delivery's.
NEVER = {
    # Raised by what a command or the API asks for, in modules that a try also uses.
    *("invalid_config", "invalid_token", "invalid_url", "not_found", "name_ambiguous", "no_app"),
    *("no_card_act", "no_credentials", "replay_over", "too_many_mappings", "unknown_plan"),
    *("invalid_app", "consent_denied", "oauth_code_refused", "uninstall_unreadable"),
    *("invalid_privacy_rule", "privacy_rule_conflict", "wrong_key", "invalid_key", "name_taken"),
    *("webhook_no_address", "invalid_secret", "role_too_low", "email_taken", "invalid_person"),
    *("other_account", "look_spent", "no_correction", "no_duplicates", "no_erasure"),
    # An event that cannot be read makes no Delivery; the door counts it as a reject.
    *("invalid_event", "invalid_json", "invalid_utf8", "missing_field", "not_an_object"),
    *("number_out_of_range", "too_deep", "wrong_type"),
    # The store or the lease is gone: then nothing of the try is stored.
    *("fence_lost", "overloaded", "store_unavailable", "unsupported_database", "schema_too_new"),
    # The root of the tree, which is never raised as it is.
    "error",
}


def delivery_codes() -> set[str]:
    """Every code that a Delivery may have."""
    found = {code for path in _reached() for code in _codes(path)}
    found |= {one.code for one in Becomes} | set(BUDGET_CODES)
    return found - NEVER


def met_codes() -> set[str]:
    """Every code that is met on the way, those that are never a Delivery's too."""
    return {code for path in _reached() for code in _codes(path)}


def _codes(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = codes_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ENDINGS:
            found |= {text for part in node.args for text in _texts(part)}
        elif isinstance(node, ast.Dict):
            named = zip(node.keys, node.values, strict=True)
            found |= {t for key, value in named if _texts(key) == {"code"} for t in _texts(value)}
        elif isinstance(node, ast.AnnAssign | ast.Assign) and path.name == "ending.py":
            found |= _keys(node.value)
    return {code for code in found if CODE.fullmatch(code)}


def _keys(node: ast.AST | None) -> set[str]:
    """The codes that have a sentence of their own in pipeline/ending.py."""
    return {t for key in node.keys for t in _texts(key)} if isinstance(node, ast.Dict) else set()


def _texts(node: ast.AST | None) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def _reached() -> set[Path]:
    """All modules that the roots import, and what those import."""
    ahead = [SOURCE / root for root in ROOTS]
    ahead += [path for folder in PLUG_INS for path in (SOURCE / folder).glob("*.py")]
    met: set[Path] = set()
    while ahead:
        path = ahead.pop()
        if path not in met:
            met.add(path)
            ahead += _imported(path)
    return met


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("dealwright"):
            continue
        of_it = "/".join((node.module or "").split(".")[1:])
        for part in (of_it, *(f"{of_it}/{alias.name}" for alias in node.names)):
            if part and (SOURCE / f"{part}.py").is_file():
                yield SOURCE / f"{part}.py"
