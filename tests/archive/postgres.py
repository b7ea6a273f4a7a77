"""Start and stop a PostgreSQL server of our own: temporary folder, free port, loopback, no password."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, newest version first, or None. Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -int(folder.parent.name))
    on_path = shutil.which("initdb")
    return found[0] if found else Path(on_path).parent if on_path else None


class Postgres:
    """A running server. PostgreSQL refuses root, so it runs as an ordinary user where we are root."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        self._folder = Path(tempfile.mkdtemp(prefix="smapy-postgres-"))
        self._data = self._folder / "data"
        self._count = itertools.count()
        self._as: list[str] = []
        if os.geteuid() == 0:
            user = "postgres" if _known("postgres") else "nobody"
            self._as = ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
            shutil.chown(self._folder, user)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, str(self._bin / program), *arguments],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def __enter__(self) -> Self:
        self._run("initdb", "-D", str(self._data), "-U", "smapy", "--auth=trust", "-E", "UTF8", "--no-sync")
        options = f"-h 127.0.0.1 -p {self.port} -c unix_socket_directories='' -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-o", options, "-l", log, "start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://smapy@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"d{next(self._count)}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "smapy", name)
        return self.url(name)


def _known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
