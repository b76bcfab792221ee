"""The life of a bundle: being made, there for some days, gone. It can be made again at any time."""

from enum import StrEnum


class BundleState(StrEnum):
    MAKING = "making"
    READY = "ready"
    GONE = "gone"


class BundleMove(StrEnum):
    FINISH = "finish"
    EXPIRE = "expire"


MOVES = {
    (BundleState.MAKING, BundleMove.FINISH): BundleState.READY,
    (BundleState.MAKING, BundleMove.EXPIRE): BundleState.GONE,
    (BundleState.READY, BundleMove.EXPIRE): BundleState.GONE,
}
