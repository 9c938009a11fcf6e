"""The Delta log of one table: its newest snapshot, and the last load of each application.

One handle for all threads of a process: to bring a handle up to date takes milliseconds, and each
thread's own would be behind after every load of another.
"""

from __future__ import annotations

import json
from pathlib import Path
from threading import RLock
from typing import Any

from schemas.errors import StorageError

FROM_BACKUP = "restore the lake from a backup, or penataran rebuild --from landing"


class Log:
    """The log in one folder. Whoever reads and then commits holds `lock` meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = RLock()
        self._handle: Any = None
        self._lasts: dict[str, int] | None = None
        self._lasts_version = -1

    def exists(self) -> bool:
        return (self.folder / "_delta_log").is_dir()

    def entry(self, version: int) -> Path:
        return self.folder / "_delta_log" / f"{version:020d}.json"

    def handle(self) -> Any:
        """A handle on the newest snapshot."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        with self.lock:
            try:
                if self._handle is None:
                    self._handle = DeltaTable(str(self.folder))
                elif self.entry(self._handle.version() + 1).exists():
                    self._handle.update_incremental()
            except (DeltaError, OSError) as error:
                raise StorageError(
                    "lake_unreadable",
                    f"the log of {self.folder.name} cannot be read: {str(error).splitlines()[0]}",
                    where=str(self.folder),
                    hint=FROM_BACKUP,
                ) from error
            return self._handle

    def last(self, application: str) -> int:
        """Number of the application's last load in this table; 0 if there is none."""
        with self.lock:
            handle = self.handle()
            if self._lasts_version != handle.version():
                self._follow(handle.version())
            if self._lasts is None:
                return int(handle.transaction_version(application) or 0)
            return self._lasts.get(application, 0)

    def _follow(self, version: int) -> None:
        """Bring the numbers of all applications up to a version: the library searches the whole log
        for each of them. Where the log cannot be read so, the library is asked."""
        if self._lasts is None or version < self._lasts_version:
            self._lasts, self._lasts_version = {}, -1
        try:
            if self._lasts_version < 0:
                self._read_checkpoint(version)
            for number in range(self._lasts_version + 1, version + 1):
                for line in self.entry(number).read_text(encoding="utf-8").splitlines():
                    if found := json.loads(line).get("txn"):
                        self._lasts[found["appId"]] = int(found["version"])
        except (OSError, ValueError, KeyError, TypeError):
            self._lasts = None
        self._lasts_version = version

    def _read_checkpoint(self, version: int) -> None:
        """Begin with the newest checkpoint, if there is one."""
        import pyarrow.parquet as pq

        pointer = self.folder / "_delta_log" / "_last_checkpoint"
        if not pointer.exists():
            return
        number = int(json.loads(pointer.read_text(encoding="utf-8"))["version"])
        if number > version:
            return
        path = self.folder / "_delta_log" / f"{number:020d}.checkpoint.parquet"
        rows = pq.read_table(path, columns=["txn"]).column("txn").to_pylist()
        self._lasts = {r["appId"]: int(r["version"]) for r in rows if r and r["appId"]}
        self._lasts_version = number
