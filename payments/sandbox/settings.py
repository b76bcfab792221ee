"""Settings of the sandbox, from `PORTOLAN_SANDBOX_*` environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

TWO_DAYS = 2 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Settings:
    """What one sandbox process needs to know.

    settle_seconds  how long card money stays pending, a bank debit processing and a pay-out on its way;
                    `POST /_sandbox/settle` does not wait
    own_funds       the platform's own money in a new sandbox, such as `usd:5000000` in minor units: fees are
                    taken out of a balance, and must not be taken out of what belongs to others
    """

    database_url: str
    host: str = "127.0.0.1"
    port: int = 12111
    webhook_url: str = ""
    webhook_secret: str = "whsec_sandbox"  # noqa: S105  a test secret, known to everyone by design
    api_key: str = "sk_test_sandbox"
    settle_seconds: int = TWO_DAYS
    own_funds: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Raises TypeError when the database's address is missing, ValueError for a number that is none."""
        names = {f"PORTOLAN_SANDBOX_{field.name.upper()}": field for field in fields(cls)}
        given = {field.name: environ[name] for name, field in names.items() if name in environ}
        whole: dict[str, Any] = {k: int(v) if k in ("port", "settle_seconds") else v for k, v in given.items()}
        return cls(**whole)
