"""What identity does for other domains. Its own ways in use the modules of this package directly."""

from trust.identity.service.notices import audit, notify
from trust.identity.service.second_step import check as prove
from trust.identity.service.standing import set_level
from trust.identity.service.step_up import require_step_up, stepped_up

__all__ = ["audit", "notify", "prove", "require_step_up", "set_level", "stepped_up"]
