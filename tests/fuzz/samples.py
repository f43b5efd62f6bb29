"""Samples: what really comes in, one of each shape, to be broken."""

from typing import Any

import msgspec

EVENT = (
    b'{"type":"identify","userId":"u-1","messageId":"m-1","timestamp":"2026-11-02T10:00:00.250Z",'
    b'"sentAt":"2026-11-02T10:00:01+01:00","context":{"ip":"192.0.2.1","app":{"name":"x"}},'
    b'"integrations":{"All":true,"Pipedrive":false},"traits":{"name":"Ada \\u00c5","email":'
    b'"ada@x.example","phone":"+46 70 123","age":36,"n":1.5e3,"tags":["a",null,true],"o":{"p":[]}}}'
)
TRACK = b'{"type":"track","event":"Order Completed","anonymousId":"a","properties":{"total":19.9}}'
BATCH = b'{"batch":[' + EVENT + b"," + TRACK + b'],"sentAt":"2026-11-02T10:00:00Z","context":{}}'
CLOUDEVENT = (
    b'{"specversion":"1.0","id":"1","source":"/shop","type":"order.paid","time":"2026-11-02T10:00Z"'
    b',"subject":"u-1","datacontenttype":"application/json","data":{"userId":"u","total":1}}'
)
CLOUDEVENT_64 = (
    b'{"specversion":"1.0","id":"2","source":"s","type":"t","datacontenttype":"text/plain",'
    b'"data_base64":"aGVq"}'
)
SIGNED = (
    b'{"type":"invoice.paid","timestamp":"2026-11-02T10:00:00Z","data":{"id":1,"e":"a@x.example"}}'
)
TOLD = (
    b'{"meta":{"action":"change","entity":"person","entity_id":"7","id":"0d3a","version":"2.0",'
    b'"timestamp":"2026-11-02T10:00:00.000Z","company_id":"1","user_id":"2","change_source":"app",'
    b'"is_bulk_edit":false,"correlation_id":"c","attempt":1,"host":"acme.pipedrive.com"},'
    b'"data":{"id":7,"name":"Ada","emails":[{"value":"ada@x.example","primary":true,"label":"work"}],'
    b'"phones":[],"org_id":3,"add_time":"2026-11-01T10:00:00Z","update_time":"2026-11-02T10:00:00Z",'
    b'"visible_to":"3","label_ids":[1],"custom_fields":{"9dc8":{"type":"varchar","value":"x"}}},'
    b'"previous":{"name":"A"}}'
)
ANSWER = (
    b'{"success":true,"data":{"id":7,"name":"Ada","emails":[{"value":"a@x.example","primary":true}],'
    b'"phones":null,"org_id":null,"owner_id":1,"custom_fields":{}},"additional_data":'
    b'{"next_cursor":"abc","pagination":{"more_items_in_collection":true,"next_start":5}}}'
)
REFUSAL = b'{"success":false,"error":"Bad","error_info":"x","code":"ERR","data":null}'
MAPPING: dict[str, Any] = {
    "name": "People",
    "action": "upsert_person",
    "trigger": 'type = "identify" and traits.age > 7',
    "fields": {
        "match_value": {"@path": "$.userId"},
        "name": {"@template": "{{traits.first}} {{traits.last}}"},
        "emails": {"@if": {"exists": {"@path": "$.traits.email"}, "then": "a", "else": "b"}},
        "phones": {"@arrayPath": ["$.traits.tags", {"value": {"@path": "$.x"}}]},
        "custom_fields": {"@case": {"operator": "lower", "value": {"@path": "$.traits.name"}}},
        "write_rules": {"@json": {"mode": "decode", "value": "{}"}},
        "note": {"@liquid": "{{ traits.name | upcase | date: '%Y' }}"},
        "many": {"@merge": {"direction": "right", "objects": [{"a": 1}]}, "x": {"@flatten": {}}},
    },
}
EXPORT: dict[str, Any] = {
    "data": {
        "destination": {"id": "d", "metadata": {"slug": "actions-pipedrive"}, "settings": {}},
        "subscriptions": [
            {
                "name": "People",
                "trigger": 'type = "identify"',
                "actionSlug": "createUpdatePerson",
                "enabled": True,
                "destinationId": "d",
                "settings": {"name": {"@path": "$.traits.name"}, "match_value": "x"},
            }
        ],
        "pagination": {"next": None},
    }
}
CONFIG = """version: 1
sources:
  - name: website
    kind: segment
    write_keys: [env:KEY]
connections:
  - name: main
    plan: growth
    seats: 5
    match: {person: Email}
    region: SE
    budget: {reserve_percent: 10}
    mappings:
      - &m {name: People, action: upsert_person, trigger: 'type = "identify"', fields: {name: x}}
    account:
      fields: [{kind: person, name: External, type: varchar, options: [a]}]
"""
TRIGGERS = (
    'type = "identify" and (traits.age >= 7.5 or !(properties.`odd key` != null))',
    "event = 'Order Completed' and contains(properties.name, 'a') or match(traits.x, 'a*[b-c]?')",
    'typeof(traits.age) = "number" and traits.tags in ["a", 1, true, null]',
    "type = 'track' and lowercase(event) = 'x' and length(traits.n) > 3",
)
TEMPLATES = (
    "{{ traits.name | upcase | split: ' ' | first | default: 'x' }}",
    "{% if traits.age > 7 and traits.email contains '@' %}a{% elsif x %}b{% else %}c{% endif %}",
    "{{ '2026-11-02' | date: '%Y-%m-%d %s' }}{{ 7 | divided_by: 0 }}{{ 1.5 | round: 9 }}",
    "{% assign a = traits.tags | join: ',' | replace: 'a', 'b' %}{{ a | url_encode | slice: -1 }}",
    "{% case type %}{% when 'identify', 'track' %}x{% endcase %}{% raw %}{{{% endraw %}",
)
HTML = (
    b"<p>Hello <b>Ada</b> &amp; <a href='https://x.example' onclick=a()>you</a><br/><img src=x>",
    b"<table><tr><td colspan=2>1<script>x</script></table><!-- c --><style>p{}</style>",
    b"plain < text\r\nwith lines & signs",
)
SCOPE: dict[str, Any] = msgspec.json.decode(EVENT) | {"tags": ["a", None, 1.5, {"b": 1}]}
