"""A memory of what was last used, of limited size. In one process, for what can be made again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Entry(Generic[V]):
    __slots__ = ("asked", "value")

    def __init__(self, value: V) -> None:
        self.value = value
        self.asked = False


class Recent(Generic[K, V]):
    """Keeps the values last asked for, `size` of them, or as many as `weigh` together `size` at most.

    Its own code, because a page asks it dozens of times: what is asked for is marked, and has a second chance when it
    would be forgotten. Moving it in an order would look the key up, which may be a whole page's facts, once more.
    """

    def __init__(self, size: int, weigh: Callable[[V], int] = lambda _value: 1) -> None:
        self._size = size
        self._weigh = weigh
        self._weight = 0
        self._kept: OrderedDict[K, _Entry[V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        entry = self._kept.get(key)
        if entry is None:
            return None
        entry.asked = True
        return entry.value

    def keep(self, key: K, value: V) -> V:
        """Remember `value`, and forget what was not asked for longest."""
        if key in self._kept:
            self._weight -= self._weigh(self._kept.pop(key).value)
        self._kept[key] = _Entry(value)
        self._weight += self._weigh(value)
        while self._weight > self._size:
            self._forget_one()
        return value

    def _forget_one(self) -> None:
        key, oldest = self._kept.popitem(last=False)
        if oldest.asked:
            oldest.asked = False
            self._kept[key] = oldest
        else:
            self._weight -= self._weigh(oldest.value)

    def get_or_make(self, key: K, make: Callable[[], V]) -> V:
        found = self.get(key)
        return self.keep(key, make()) if found is None else found
