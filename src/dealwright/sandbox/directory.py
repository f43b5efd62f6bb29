"""v1's short lists: activity types, currencies, lead labels and sources."""

import msgspec

from dealwright.sandbox.answers import Answer, Json, success, v1_missing, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339_ms, spaced
from dealwright.sandbox.records import ActivityType, LeadLabel

LEAD_SOURCES = (
    "Manually created", "Deal", "Web forms", "Prospector", "Leadbooster", "Live chat", "Import",
    "Website visitors", "Workflow automation", "API",
)  # fmt: skip
LABEL_COLORS = (
    "blue", "brown", "dark-gray", "gray", "green", "orange", "pink", "purple", "red", "yellow",
)  # fmt: skip
_CURRENCIES = (
    ("USD", "US Dollar", 2, "$"),
    ("EUR", "Euro", 2, "€"),
    ("GBP", "British Pound", 2, "£"),
    ("SEK", "Swedish Krona", 2, "kr"),
    ("NOK", "Norwegian Krone", 2, "kr"),
    ("DKK", "Danish Krone", 2, "kr"),
    ("CHF", "Swiss Franc", 2, "CHF"),
    ("PLN", "Polish Złoty", 2, "zł"),
    ("JPY", "Japanese Yen", 0, "¥"),
    ("CAD", "Canadian Dollar", 2, "CA$"),
    ("AUD", "Australian Dollar", 2, "A$"),
    ("BRL", "Brazilian Real", 2, "R$"),
)
MAX_ACTIVITY_TYPES = 100


def activity_type_view(row: ActivityType) -> Json:
    """An activity type as v1 shows it."""
    data = msgspec.structs.asdict(row)
    data["add_time"] = spaced(row.add_time)
    data["update_time"] = spaced(row.update_time)
    return data


def list_activity_types(call: Call) -> Answer:
    """`GET /activityTypes`: inactive ones too; `key_string` stays when the name changes."""
    rows = sorted(call.company.activity_types.values(), key=lambda row: row.order_nr)
    return success([activity_type_view(row) for row in rows])


def create_activity_type(call: Call) -> Answer:
    """`POST /activityTypes`: admins only; the key is made from the name."""
    if not call.user.is_admin:
        raise v1_refusal(403, "You do not have permissions to do this.")
    body = call.form_or_json()
    name, icon = body.get("name"), body.get("icon_key")
    if not isinstance(name, str) or not name.strip():
        raise v1_refusal(400, "Name must be given.")
    if not isinstance(icon, str) or not icon:
        raise v1_refusal(400, "Icon key must be given.")
    table = call.company.activity_types
    if len(table) >= MAX_ACTIVITY_TYPES:
        raise v1_refusal(
            403,
            "Couldn't add activity type. You've reached the activity type per company limit.",
        )
    number = table.next_id()
    row = ActivityType(
        id=number,
        name=name,
        key_string="_".join(name.lower().split()),
        icon_key=icon,
        order_nr=len(table) + 1,
        color=str(body.get("color", "FFFFFF")),
        is_custom_flag=True,
        add_time=call.now_ms,
        update_time=call.now_ms,
    )
    call.company.save("activity_type", row, call.actor)
    return success(activity_type_view(row))


def list_currencies(call: Call) -> Answer:
    """`GET /currencies`."""
    term = call.query.get("term", "").casefold()
    return success([
        {
            "id": number,
            "code": code,
            "name": name,
            "decimal_points": decimals,
            "symbol": symbol,
            "active_flag": True,
            "is_custom_flag": False,
        }
        for number, (code, name, decimals, symbol) in enumerate(_CURRENCIES, start=1)
        if term in f"{code} {name}".casefold()
    ])  # fmt: skip


def label_view(row: LeadLabel) -> Json:
    """A lead label as v1 shows it."""
    return {
        "id": row.id,
        "name": row.name,
        "color": row.color,
        "add_time": rfc3339_ms(row.add_time),
        "update_time": rfc3339_ms(row.update_time),
    }


def list_lead_labels(call: Call) -> Answer:
    """`GET /leadLabels`."""
    return success([label_view(row) for row in call.company.lead_labels.values()])


def list_lead_sources(call: Call) -> Answer:
    """`GET /leadSources`: fixed."""
    del call
    return success([{"name": name} for name in LEAD_SOURCES])


def _found_type(call: Call) -> ActivityType:
    if not call.user.is_admin:
        raise v1_refusal(403, "You do not have permissions to do this.")
    text = call.params[0]
    row = call.company.activity_types.get(int(text)) if text.isdecimal() else None
    if row is None:
        raise v1_missing("Activity type not found")
    return row


def update_activity_type(call: Call) -> Answer:
    """`PUT /activityTypes/{id}`: name, icon, color, order; the key stays."""
    row = _found_type(call)
    body = call.form_or_json()
    changes = {k: body[k] for k in ("name", "icon_key", "color", "order_nr") if k in body}
    changed = msgspec.structs.replace(row, **changes, update_time=call.now_ms)
    call.company.save("activity_type", changed, call.actor)
    return success(activity_type_view(changed))


def delete_activity_type(call: Call) -> Answer:
    """`DELETE /activityTypes/{id}`: it stays in the list, inactive."""
    row = _found_type(call)
    changed = msgspec.structs.replace(row, active_flag=False, update_time=call.now_ms)
    call.company.save("activity_type", changed, call.actor)
    return success(activity_type_view(changed))


def _label_values(call: Call, *, needed: bool) -> Json:
    body = call.form_or_json()
    for name in ("name", "color"):
        if needed and name not in body:
            raise v1_refusal(400, f'"{name}" is required')
    if "color" in body and body["color"] not in LABEL_COLORS:
        raise v1_refusal(400, f'"color" must be one of [{", ".join(LABEL_COLORS)}]')
    return {name: body[name] for name in ("name", "color") if name in body}


def _found_label(call: Call) -> LeadLabel:
    row = call.company.lead_labels.get(call.params[0].lower())
    if row is None:
        raise v1_missing("requested label not found")
    return row


def create_lead_label(call: Call) -> Answer:
    """`POST /leadLabels`."""
    row = LeadLabel(
        id=call.company.fresh_uuid(),
        **_label_values(call, needed=True),
        add_time=call.now_ms,
        update_time=call.now_ms,
    )
    call.company.save("lead_label", row, call.actor)
    return success(label_view(row))


def update_lead_label(call: Call) -> Answer:
    """`PATCH /leadLabels/{id}`."""
    row = _found_label(call)
    values = _label_values(call, needed=False)
    changed = msgspec.structs.replace(row, **values, update_time=call.now_ms)
    call.company.save("lead_label", changed, call.actor)
    return success(label_view(changed))


def delete_lead_label(call: Call) -> Answer:
    """`DELETE /leadLabels/{id}`."""
    row = _found_label(call)
    call.company.purge("lead_label", row.id, call.actor)
    return success({"id": row.id})
