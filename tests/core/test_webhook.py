"""Messages of Pipedrive: what is read from them, and that nothing in them breaks the reader."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright.core.errors import InvalidEvent
from dealwright.core.record import RECORD_TYPES, RecordKind
from dealwright.core.webhook import Told, read_told, record_of

LEAD = "adf21080-0e10-11eb-879b-05d71fb426ec"

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(0) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "name", "title", "emails", "value", "type", "custom_fields", "due_time",
                 "update_time", "visible_to", "label_ids", "participants", "x" * 40]
            ),
            inner,
        )
    ),
    max_leaves=8,
)  # fmt: skip


def told(**meta: Any) -> Told:
    """A message about person 7 with this in its `meta`."""
    plain = {"action": "change", "entity": "person", "entity_id": "7", "id": "e-1"}
    return read_told(msgspec.json.encode({"meta": plain | meta, "data": {"id": 7}}))


def test_ids_that_are_texts_are_read_as_numbers() -> None:
    merged = told(merged_to_id="8", merged_from_id="9")

    assert (merged.record_id, merged.merged_into, merged.merged_from) == (7, 8, 9)


def test_the_id_of_a_lead_stays_a_text() -> None:
    assert told(entity="lead", entity_id=LEAD).record_id == LEAD


@pytest.mark.parametrize("written", ["", "7.5", "-7", "\u0667", "seven", "9" * 200])
def test_what_is_no_id_is_none(written: str) -> None:
    assert told(entity_id=written).record_id is None


def test_an_id_that_meta_does_not_name_is_that_of_the_data() -> None:
    assert told(entity_id=None).record_id == 7


def test_the_moment_is_pipedrives_own() -> None:
    assert told(timestamp="2026-05-27T06:54:41.426Z").at_ms == 1_779_864_881_426


def test_the_moment_of_a_message_about_a_user_counts_seconds() -> None:
    assert told(entity="user", timestamp=1_779_864_881).at_ms == 1_779_864_881_000


def test_our_own_writes_are_those_of_our_user_through_the_api() -> None:
    assert told(change_source="api", user_id="1").by_api(1)


@pytest.mark.parametrize(("source", "user"), [("app", "1"), ("api", "2"), (None, "1")])
def test_other_changes_are_not_ours(source: str | None, user: str) -> None:
    assert not told(change_source=source, user_id=user).by_api(1)


def test_nobodys_writes_are_ours_while_we_do_not_know_who_we_are() -> None:
    assert not told(change_source="api").by_api(None)


@pytest.mark.parametrize("entity", ["deal_product", "phase", "", "PERSON"])
def test_what_we_keep_no_record_of_has_no_kind(entity: str) -> None:
    assert told(entity=entity).kind is None


def code_of(body: bytes) -> str:
    """The code of the refusal; nothing for a message."""
    try:
        read_told(body)
    except InvalidEvent as error:
        return error.code
    return ""


@given(st.binary(max_size=300))
def test_bytes_are_a_message_or_are_refused(body: bytes) -> None:
    assert code_of(body) in {"", "webhook_unreadable"}


@given(st.dictionaries(st.sampled_from(list(Told.__struct_fields__)), _json))
def test_any_json_is_a_message_or_is_refused(message: dict[str, Any]) -> None:
    assert code_of(msgspec.json.encode(message)) in {"", "webhook_unreadable"}


@given(
    st.sampled_from(list(RecordKind)),
    st.dictionaries(
        st.sampled_from(
            ["id", "name", "emails", "custom_fields", "due_time", "update_time", "visible_to"]
        ),
        _json,
    ),
)
def test_any_data_is_a_record_or_is_not(kind: RecordKind, data: dict[str, Any]) -> None:
    heard = record_of(kind, data)

    assert heard is None or isinstance(heard.record, RECORD_TYPES[kind])
