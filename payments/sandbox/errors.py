"""Refusals in Stripe's envelope: `{"error": {"type", "code", "message", "param", ...}}`."""

from typing import Any


class ApiError(Exception):
    """A refusal before anything was begun; nothing is remembered under the idempotency key."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",  # noqa: A002  the envelope's own word
        code: str | None = None,
        param: str | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        error = {"type": type, "code": code, "message": message, "param": param, **facts}
        self.body: dict[str, Any] = {"error": {name: value for name, value in error.items() if value is not None}}


class Refused(ApiError):
    """A refusal that depends on the state of things: no effect, but remembered and replayed under its key."""


class Declined(Refused):
    """The payer's bank said no. Remembered, and what was recorded about the attempt stays."""

    def __init__(self, message: str, *, code: str, decline_code: str, charge: str, payment_intent: Any) -> None:
        super().__init__(
            message,
            status=402,
            type="card_error",
            code=code,
            decline_code=decline_code,
            charge=charge,
            payment_intent=payment_intent,
        )


def unauthorised() -> ApiError:
    return ApiError("Invalid API Key provided.", status=401)


def missing(kind: str, id: str, *, param: str | None = None) -> ApiError:  # noqa: A002  Stripe's own word
    """No such object. In the URL that is a 404; behind a parameter a 400."""
    name = kind.replace("_", "")
    return ApiError(
        f"No such {name}: '{id}'", status=400 if param else 404, code="resource_missing", param=param or "id"
    )


def unexpected_state(message: str, intent: dict[str, Any]) -> Refused:
    return Refused(message, code="payment_intent_unexpected_state", payment_intent=intent)
