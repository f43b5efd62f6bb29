"""Sources, Connections, Mappings and the lease on a drain, on both databases."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.mapping import MAX_MAPPINGS, MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.core.record import RecordKind
from dealwright.store.behaviour import make_default, set_behaviour
from dealwright.store.connections import (
    Connection,
    ConnectionState,
    NewConnection,
    Run,
    advance,
    connection,
    connection_by_name,
    create_connection,
    credentials,
    list_connections,
    save_credentials,
    set_defaults,
    set_delivering,
    set_listens,
    set_pause,
    set_state,
)
from dealwright.store.engine import Store
from dealwright.store.leases import FenceLost, check_fence, lease, release, renew
from dealwright.store.mappings import (
    NewMapping,
    create_mapping,
    enabled_mappings,
    list_mappings,
    mapping,
    new_version,
    set_enabled,
)
from dealwright.store.sources import (
    add_write_key,
    create_source,
    keys,
    list_sources,
    source_by_name,
)

NEW = NewConnection(
    name="acme",
    base_url="https://acme.example",
    company_id=7,
    company_name="Acme\0 Ltd",
    user_id=9,
    user_name="Ada",
    plan="growth",
    seats=3,
)


@pytest.fixture
def acme(db: sa.Connection) -> Connection:
    return create_connection(db, NEW, now_ms=5)


def mapped(connection_id: int, name: str = "People") -> NewMapping:
    fields = {"name": {"@path": "$.traits.name"}, "é": [1, 2.5, None, True]}
    return NewMapping(
        connection_id=connection_id,
        name=name,
        action="upsert_person",
        trigger='type = "identify"',
        fields=fields,
    )


class TestSources:
    def test_a_source_is_found_by_its_name(self, db: sa.Connection) -> None:
        made = create_source(db, "web", now_ms=5)
        assert source_by_name(db, "web") == made
        assert list_sources(db) == [made]

    def test_a_name_is_given_once(self, db: sa.Connection) -> None:
        create_source(db, "web", now_ms=5)
        with pytest.raises(ConfigError) as caught:
            create_source(db, "web", now_ms=6)
        assert caught.value.code == "name_taken"

    def test_an_unknown_source_is_not_found(self, db: sa.Connection) -> None:
        with pytest.raises(NotFound, match="no source named app"):
            source_by_name(db, "app")

    def test_a_write_key_names_its_source(self, db: sa.Connection) -> None:
        web, app = create_source(db, "web", now_ms=5), create_source(db, "app", now_ms=5)
        add_write_key(db, web.id, key_hash="h1", prefix="dw_1", now_ms=5)
        add_write_key(db, web.id, key_hash="h2", prefix="dw_2", now_ms=5)
        add_write_key(db, app.id, key_hash="h3", prefix="dw_3", now_ms=5)
        assert keys(db) == {"h1": web.id, "h2": web.id, "h3": app.id}


class TestConnections:
    def test_a_new_connection_is_ok_and_delivers_nothing(self, acme: Connection) -> None:
        assert (acme.state, acme.delivering, acme.position) == (ConnectionState.OK, False, 0)
        assert (acme.company_name, acme.seats, acme.created_at_ms) == ("Acme Ltd", 3, 5)

    def test_it_is_found_by_id_by_name_and_in_the_list(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        assert connection(db, acme.id) == acme
        assert connection_by_name(db, "acme") == acme
        assert list_connections(db) == [acme]

    def test_two_of_one_name_are_told_apart_by_their_ids(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        other = create_connection(db, NEW, now_ms=6)

        with pytest.raises(ConfigError, match=rf"{acme.id} \(.+\), {other.id} ") as caught:
            connection_by_name(db, "acme")
        assert caught.value.code == "name_ambiguous"
        assert connection_by_name(db, str(other.id)) == other

    def test_one_that_nobody_named_is_called_pipedrive(self, db: sa.Connection) -> None:
        assert create_connection(db, replace(NEW, name=" "), now_ms=6).name == "Pipedrive"

    def test_the_first_one_is_the_default(self, db: sa.Connection, acme: Connection) -> None:
        other = create_connection(db, NEW, now_ms=6)

        assert (acme.is_default, other.is_default) == (True, False)

    def test_one_alone_is_the_default(self, db: sa.Connection) -> None:
        create_connection(db, NEW, now_ms=5)
        other = create_connection(db, NEW, now_ms=6)
        make_default(db, other.id)

        assert [one.is_default for one in list_connections(db)] == [False, True]

    def test_an_action_that_is_added_later_starts_off(self, db: sa.Connection) -> None:
        made = create_connection(db, replace(NEW, actions=("upsert_person",)), now_ms=6)

        assert (made.does("upsert_person"), made.does("invented_later")) == (True, False)

    def test_how_it_behaves_can_be_changed(self, db: sa.Connection, acme: Connection) -> None:
        set_behaviour(db, acme.id, actions=["upsert_deal"], run=Run.MANUAL, shown=False)

        changed = connection(db, acme.id)
        assert (changed.actions, changed.run, changed.shown) == (
            ("upsert_deal",),
            Run.MANUAL,
            False,
        )

    def test_an_unknown_connection_is_not_found(self, db: sa.Connection) -> None:
        with pytest.raises(NotFound):
            connection(db, 404)
        with pytest.raises(NotFound):
            set_state(db, 404, state=ConnectionState.OK)

    def test_it_hears_every_source_unless_told_otherwise(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        later = create_source(db, "later", now_ms=6)
        assert acme.hears(later.id)

    def test_it_hears_only_the_sources_it_names(self, db: sa.Connection, acme: Connection) -> None:
        web, app = create_source(db, "web", now_ms=5), create_source(db, "app", now_ms=5)
        set_listens(db, acme.id, source_ids=[app.id])

        found = connection(db, acme.id)
        assert (found.hears(app.id), found.hears(web.id)) == (True, False)
        assert list_connections(db) == [found]

    def test_it_can_hear_every_source_again(self, db: sa.Connection, acme: Connection) -> None:
        web = create_source(db, "web", now_ms=5)
        set_listens(db, acme.id, source_ids=[])
        deaf = connection(db, acme.id)
        set_listens(db, acme.id, source_ids=None)

        assert (deaf.hears(web.id), connection(db, acme.id).hears(web.id)) == (False, True)

    def test_state_pause_and_delivery_are_kept(self, db: sa.Connection, acme: Connection) -> None:
        set_state(db, acme.id, state=ConnectionState.REAUTH, reason="Sign in again.")
        set_pause(db, acme.id, until_ms=99, code="burst_limited")
        set_delivering(db, acme.id, on=True, position=12)

        found = connection(db, acme.id)
        assert (found.state, found.state_reason) == (ConnectionState.REAUTH, "Sign in again.")
        assert (found.paused_until_ms, found.pause_code) == (99, "burst_limited")
        assert (found.delivering, found.position) == (True, 12)

    def test_switching_delivery_off_keeps_the_position(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        set_delivering(db, acme.id, on=True, position=12)
        set_delivering(db, acme.id, on=False)
        found = connection(db, acme.id)
        assert (found.delivering, found.position) == (False, 12)

    def test_match_defaults_come_back_as_they_were(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        defaults = MatchDefaults(
            match_fields={RecordKind.PERSON: "email"},
            external_id_fields={RecordKind.PERSON: "a1b2"},
            region="SE",
            ambiguous=AmbiguousRule.HOLD,
        )
        set_defaults(db, acme.id, defaults=defaults)
        assert connection(db, acme.id).defaults == defaults

    def test_credentials_are_sealed_bytes(self, db: sa.Connection, acme: Connection) -> None:
        with pytest.raises(NotFound) as caught:
            credentials(db, acme.id)
        save_credentials(db, acme.id, sealed=b"\0sealed\xff")

        assert caught.value.code == "no_credentials"
        assert credentials(db, acme.id) == b"\0sealed\xff"


class TestLeases:
    def test_one_holder_at_a_time(self, db: sa.Connection, acme: Connection) -> None:
        first = lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100)
        second = lease(db, acme.id, holder="b", now_ms=99, ttl_ms=100)
        assert (first, second) == (1, None)

    def test_a_lease_that_ran_out_goes_to_the_next(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100)
        assert lease(db, acme.id, holder="b", now_ms=100, ttl_ms=100) == 2

    def test_a_renewed_lease_lasts_longer(self, db: sa.Connection, acme: Connection) -> None:
        fence = lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100) or 0
        renew(db, acme.id, fence=fence, now_ms=90, ttl_ms=100)
        assert lease(db, acme.id, holder="b", now_ms=150, ttl_ms=100) is None

    def test_a_released_lease_is_free_at_once_and_fences_grow(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        fence = lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100) or 0
        release(db, acme.id, fence=fence)
        assert lease(db, acme.id, holder="b", now_ms=1, ttl_ms=100) == fence + 1

    def test_a_holder_that_comes_again_fences_off_its_earlier_task(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        first = lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100) or 0
        lease(db, acme.id, holder="a", now_ms=1, ttl_ms=100)
        with pytest.raises(FenceLost):
            check_fence(db, acme.id, fence=first)

    def test_a_stale_holder_can_neither_write_nor_renew(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        stale = lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100) or 0
        lease(db, acme.id, holder="b", now_ms=100, ttl_ms=100)
        with pytest.raises(FenceLost):
            check_fence(db, acme.id, fence=stale)
        with pytest.raises(FenceLost):
            renew(db, acme.id, fence=stale, now_ms=101, ttl_ms=100)

    def test_a_stale_release_does_not_free_the_next_holder(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        stale = lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100) or 0
        lease(db, acme.id, holder="b", now_ms=100, ttl_ms=100)
        release(db, acme.id, fence=stale)
        assert lease(db, acme.id, holder="c", now_ms=101, ttl_ms=100) is None

    def test_the_position_moves_with_the_fence(self, db: sa.Connection, acme: Connection) -> None:
        fence = lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100) or 0
        advance(db, acme.id, fence=fence, old=0, new=50)
        assert connection(db, acme.id).position == 50

    def test_the_position_does_not_move_from_where_it_is_not(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        fence = lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100) or 0
        with pytest.raises(FenceLost):
            advance(db, acme.id, fence=fence, old=7, new=50)
        assert connection(db, acme.id).position == 0

    def test_the_position_does_not_move_without_the_fence(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100)
        with pytest.raises(FenceLost):
            advance(db, acme.id, fence=99, old=0, new=50)

    async def test_what_a_stale_drain_wrote_is_not_kept(self, store: Store) -> None:
        acme = await store.write(lambda db: create_connection(db, NEW, now_ms=5))
        await store.write(lambda db: lease(db, acme.id, holder="a", now_ms=0, ttl_ms=100))

        def stale(db: sa.Connection) -> None:
            create_source(db, "made by a stale drain", now_ms=5)
            advance(db, acme.id, fence=99, old=0, new=50)

        with pytest.raises(FenceLost):
            await store.write(stale)
        assert await store.read(list_sources) == []


class TestMappings:
    def test_a_mapping_comes_back_as_it_was(self, db: sa.Connection, acme: Connection) -> None:
        made = create_mapping(db, mapped(acme.id), now_ms=5)
        assert (made.version, made.enabled, made.name) == (1, True, "People")
        assert made.fields == mapped(acme.id).fields
        assert mapping(db, made.id) == made

    def test_a_change_makes_a_version_and_keeps_the_old_one(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        first = create_mapping(db, mapped(acme.id), now_ms=5)
        second = new_version(db, first.id, trigger='type = "track"', fields={}, now_ms=6)

        assert (second.version, second.trigger) == (2, 'type = "track"')
        assert list_mappings(db, acme.id) == [second]
        assert mapping(db, first.id, version=1) == first

    def test_a_disabled_mapping_is_listed_and_not_routed_to(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        one = create_mapping(db, mapped(acme.id), now_ms=5)
        two = create_mapping(db, mapped(acme.id, name="Two"), now_ms=5)
        set_enabled(db, one.id, enabled=False)

        assert [found.enabled for found in list_mappings(db, acme.id)] == [False, True]
        assert enabled_mappings(db, acme.id) == [two]

    def test_mappings_of_one_connection_are_not_anothers(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        create_mapping(db, mapped(acme.id), now_ms=5)
        assert list_mappings(db, acme.id + 1) == []

    def test_there_are_not_more_than_a_person_can_oversee(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        for number in range(MAX_MAPPINGS):
            create_mapping(db, mapped(acme.id, name=f"M{number}"), now_ms=5)
        with pytest.raises(ConfigError) as caught:
            create_mapping(db, mapped(acme.id), now_ms=5)
        assert caught.value.code == "too_many_mappings"

    def test_an_unknown_mapping_or_version_is_not_found(
        self, db: sa.Connection, acme: Connection
    ) -> None:
        made = create_mapping(db, mapped(acme.id), now_ms=5)
        with pytest.raises(NotFound):
            mapping(db, 404)
        with pytest.raises(NotFound, match="in version 2"):
            mapping(db, made.id, version=2)
        with pytest.raises(NotFound):
            set_enabled(db, 404, enabled=True)
        with pytest.raises(NotFound):
            new_version(db, 404, trigger="", fields={}, now_ms=5)
