"""`python -m payments.sandbox`: serve until told to stop."""

import os
import sys

import uvicorn

from payments.sandbox.app import create_app
from payments.sandbox.settings import Settings


def main() -> None:
    if "PORTOLAN_SANDBOX_DATABASE_URL" not in os.environ:
        sys.exit("PORTOLAN_SANDBOX_DATABASE_URL is not set: the sandbox needs a PostgreSQL database of its own.")
    settings = Settings.from_environment()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=1,  # a client kept waiting by a planned fault must not keep us
    )


if __name__ == "__main__":
    main()
