"""A helper for the tests of `app.core.workshop`: it does what the job says."""

import os
import time

from app.core.workbench import Complaint, serve


def work(job: bytes) -> bytes:
    match job.decode().split():
        case ["wait"]:
            time.sleep(0.2)
        case ["sleep"]:
            time.sleep(60)
        case ["complain"]:
            raise Complaint("no such work")
        case ["crash"]:
            raise RuntimeError("bent")
        case ["spend", seconds]:
            until = time.process_time() + float(seconds)
            while time.process_time() < until:
                pass
        case ["hoard"]:
            return b"much" if bytearray(400 * 2**20) else b""
        case ["environment"]:
            return repr(dict(os.environ)).encode()
        case ["print"]:
            print("not an answer", flush=True)  # noqa: T201 - the very thing
            return b"answered"
    return str(os.getpid()).encode()


if __name__ == "__main__":
    serve(work)
