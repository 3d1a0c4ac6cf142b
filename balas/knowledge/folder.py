"""Documents of a folder or file on this machine, for those who have a shell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from balas.errors import DocumentRejected
from balas.knowledge.files import check_size
from balas.knowledge.uploads import Upload, uploaded_file


@dataclass(frozen=True, slots=True)
class Found:
    """A file and the name it is known by: its own, or within a folder its path, since names may repeat there."""

    path: Path
    name: str
    was_named: bool  # given by itself, not met in a folder
    first_audience: str | None = None  # where nothing is said, and it is new

    def uploads(self, audience: str | None) -> list[Upload]:
        """Raises `DocumentRejected` and OSError."""
        check_size(self.path.stat().st_size)
        found = uploaded_file(self.path.name, self.path.read_bytes(), key=self.name, audience=audience)
        return [replace(one, first_audience=self.first_audience) for one in found] if self.first_audience else found


def files_at(path: Path) -> Iterator[Found]:
    """The file itself, or those below the folder in the order of their names; hidden ones and links are passed over.

    Raises `DocumentRejected` when there is nothing.
    """
    if path.is_file():
        yield Found(path, path.name, was_named=True)
        return
    if not path.is_dir():
        raise DocumentRejected("There is no such file or folder.")
    root = path.resolve()
    for file in sorted(root.rglob("*")):
        below = file.relative_to(root)
        if file.is_file() and not file.is_symlink() and not any(part.startswith(".") for part in below.parts):
            yield Found(file, f"{root.name}/{below.as_posix()}", was_named=False)
