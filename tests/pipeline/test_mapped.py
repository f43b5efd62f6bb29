from dealwright.pipeline.coalesce import Dated
from dealwright.pipeline.mapped import Mapped


def test_values_are_given_out_once() -> None:
    mapped = Mapped()
    mapped.keep(1, 1, Dated(5, 9, {"name": "Ada"}))

    assert [mapped.take(1, 1, 9), mapped.take(1, 1, 9)] == [Dated(5, 9, {"name": "Ada"}), None]


def test_values_of_another_version_are_not_known() -> None:
    mapped = Mapped()
    mapped.keep(1, 1, Dated(5, 9, {}))

    assert mapped.take(1, 2, 9) is None


def test_a_full_memory_keeps_what_is_delivered_first() -> None:
    mapped = Mapped(most=1)
    mapped.keep(1, 1, Dated(5, 8, {}))
    mapped.keep(1, 1, Dated(5, 9, {}))

    assert [mapped.take(1, 1, 8), mapped.take(1, 1, 9)] == [Dated(5, 8, {}), None]


def test_what_was_never_taken_is_forgotten() -> None:
    mapped = Mapped()
    mapped.keep(1, 1, Dated(5, 9, {}))
    mapped.forget()

    assert mapped.take(1, 1, 9) is None
