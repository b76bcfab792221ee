"""The helper that checks signatures: see `app.core.signing.apart`."""

import asyncio

from app.core.signing.apart import DONE, Asked
from app.core.signing.checking import examine
from app.core.workbench import serve


def checked(job: bytes) -> bytes:
    asked = Asked.model_validate_json(job)
    return DONE.dump_json(asyncio.run(examine(asked.document, asked.anchors(), at=asked.at)))


if __name__ == "__main__":
    serve(checked)
