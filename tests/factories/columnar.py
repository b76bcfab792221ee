"""ClickHouse for tests: its engine from a wheel (chdb), in a process of its own, behind the server's HTTP interface.

The engine starts threads and takes some 300 MB, so that it stays out of processes that test or fork. Only what the
official client asks is answered: a statement in the body or under `query`, rows in Native, parameters, sessions.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import lz4.frame

from app.tether import tethered
from app.traffic.columnar import SETTINGS


@contextmanager
def clickhouse() -> Iterator[str]:
    """Its address, while the block lasts. It ends with the process that started it, however that ends."""
    with tempfile.TemporaryDirectory(prefix="portolan-chdb-") as folder:
        command = tethered([sys.executable, "-m", __name__, folder])
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            try:
                yield f"http://127.0.0.1:{int(process.stdout.readline())}"
            finally:
                process.terminate()


class Engine:
    """One statement at a time, each in the session and database that it names."""

    def __init__(self, folder: Path) -> None:
        import chdb  # noqa: PLC0415  only in this process

        self._rows, self._turn = folder / "rows", Lock()
        self._connect = partial(chdb.connect, str(folder / "data"))
        self._sessions: dict[str, Any] = {}

    def answer(self, asked: dict[str, str], said: bytes) -> bytes:
        """Raises whatever the engine raises."""
        rows = said
        if not (statement := asked.get("query", "")):
            head, _newline, rows = said.partition(b"\n") if said.startswith(b"INSERT") else (said, b"", b"")
            statement = head.decode()
        kind = "Native" if statement.rstrip().endswith("FORMAT Native") else "TSV"
        parameters = {name[6:]: value for name, value in asked.items() if name.startswith("param_")}
        with self._turn:
            if statement.startswith("INSERT"):
                self._rows.write_bytes(rows)
                statement = statement.replace("FORMAT Native", f"SELECT * FROM file('{self._rows}', Native)")  # noqa: S608
            return bytes(self._session(asked).query(statement, kind, params=parameters).bytes())

    def _session(self, asked: dict[str, str]) -> Any:
        session = self._sessions.setdefault(asked.get("session_id", ""), self._connect())
        session.query(f"USE `{asked.get('database', 'default')}`")
        for setting in SETTINGS:
            session.query(f"SET {setting} = {int(asked.get(setting, 0))}")
        return session


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: Engine

    def do_POST(self) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        said = self._body()
        try:
            found, status = self.engine.answer(asked, said), 200
        except Exception as error:  # noqa: BLE001  whatever the engine says is its answer
            found, status = str(error).encode(), 500
        self.send_response(status)
        self.send_header("Content-Length", str(len(found)))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.end_headers()
        self.wfile.write(found)

    def _body(self) -> bytes:
        """Whole, or in pieces and compressed, as the client sends what it makes on the way."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        found = b"".join(pieces)
        return lz4.frame.decompress(found) if self.headers.get("Content-Encoding") == "lz4" else found

    def log_message(self, *_said: object) -> None:
        """Nothing."""


def main() -> None:
    """Serve until the end, with the port on the first line of output."""
    Answers.engine = Engine(Path(sys.argv[1]))
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
