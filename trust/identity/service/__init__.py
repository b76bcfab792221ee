"""What identity does for other domains. Its own ways in use the modules of this package directly."""

from trust.identity.service.authority import AuthorityView, require_authority
from trust.identity.service.authority import hindrance as signing_hindrance
from trust.identity.service.authority import of_member as signing_authority
from trust.identity.service.notices import audit, notify
from trust.identity.service.passkeys import has_passkey
from trust.identity.service.second_step import check as prove
from trust.identity.service.standing import lapse, resume, set_level
from trust.identity.service.step_up import means, require_step_up, stepped_up

__all__ = [
    "AuthorityView",
    "audit",
    "has_passkey",
    "lapse",
    "means",
    "notify",
    "prove",
    "require_authority",
    "require_step_up",
    "resume",
    "set_level",
    "signing_authority",
    "signing_hindrance",
    "stepped_up",
]
