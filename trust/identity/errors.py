"""What can go wrong about who one is."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class OrganisationNotFound(NotFound):
    code = "organisation_not_found"


class MemberNotFound(NotFound):
    """No such member, or not of the asker's organisation."""

    code = "member_not_found"


class SessionNotFound(NotFound):
    code = "session_not_found"


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"


class InvitationNotFound(NotFound):
    code = "invitation_not_found"


class AlreadyRegistered(Conflict):
    """A company with this registration number is registered; its owner may invite."""

    code = "already_registered"


class LinkSpent(Conflict):
    """A link that was sent by mail is unknown, used or expired; which of these is not told."""

    code = "link_spent"


class SignInRefused(Invalid):
    """Unknown address or wrong password; which of the two is not told."""

    code = "sign_in_refused"


class CodeNeeded(Invalid):
    """The password is right; the code of the second step is missing."""

    code = "code_needed"


class CodeRefused(Invalid):
    """A one-time code that is wrong, or was used before."""

    code = "code_refused"


class PasswordRefused(Invalid):
    """The current password is not this."""

    code = "password_refused"


class LastOwner(Conflict):
    """A company keeps at least one owner."""

    code = "last_owner"


class ForPeopleOnly(Forbidden):
    """An API key cannot do this: it would let a leaked key take the account over."""

    code = "for_people_only"


class StepUpNeeded(Forbidden):
    """The member must prove once more who they are; `facts["address"]` is the page where that is done."""

    code = "step_up_needed"


class PasskeyNotFound(NotFound):
    code = "passkey_not_found"


class PasskeyRefused(Invalid):
    """What an authenticator answered is not what was asked, or not from a passkey that opens this."""

    code = "passkey_refused"


class PasskeyCopied(PasskeyRefused):
    """A passkey's count of uses went back: somebody may have a copy of its key. `passkey` and `member` say whose."""

    code = "passkey_copied"


class LastWayIn(Conflict):
    """Without this, its member could not sign in any more."""

    code = "last_way_in"


class NoAuthority(Forbidden):
    """The member's authority to sign is not on file, has ended, or does not reach that far."""

    code = "no_authority"
