from app.core.recent import Recent


def test_forgets_what_was_not_asked_for_longest() -> None:
    memory: Recent[str, int] = Recent(2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    assert memory.get("a") == 1
    memory.keep("c", 3)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)


def test_makes_a_value_once() -> None:
    memory: Recent[str, list[int]] = Recent(1)
    made = memory.get_or_make("a", lambda: [1])
    assert memory.get_or_make("a", lambda: [2]) is made


def test_what_is_weighed_is_kept_by_weight() -> None:
    memory: Recent[str, bytes] = Recent(10, len)
    memory.keep("a", b"four")
    memory.keep("b", b"four")
    memory.keep("b", b"fives")  # in place of the four
    assert memory.get("a") == b"four"
    memory.keep("c", b"two")  # b was asked for longest ago
    assert [memory.get(key) for key in "abc"] == [b"four", None, b"two"]
    assert memory.keep("d", b"more than ten") == b"more than ten"
    assert [memory.get(key) for key in "abcd"] == [b"four", None, b"two", None], (
        "it pushes nothing out that is asked for"
    )
