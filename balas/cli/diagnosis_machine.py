"""The machine: the data folder and its rights, room on the disk, the port."""

from __future__ import annotations

import shutil
import socket
import stat
import tempfile
from pathlib import Path

import httpx2

from balas.api.checkup import Finding, Health
from balas.knowledge.readers import tesseract
from balas.settings import Settings

LITTLE_BYTES = 1_000_000_000
TOO_LITTLE_BYTES = 200_000_000


def check_data_folder(folder: Path) -> Finding:
    """Whether it can be written, and whether others can read it."""
    place = folder.absolute()
    parent = _existing(folder)
    if parent != place:
        try:
            tempfile.TemporaryDirectory(dir=parent).cleanup()  # root may do everything, but not everywhere
        except OSError as error:
            return Finding(
                Health.UNHEALTHY,
                f"{place} cannot be made ({error.strerror})",
                advice=f"set BALAS_DATA_DIR to a folder on a disk, or give the user that runs balas {parent}",
            )
        return Finding(Health.HEALTHY, f"{place} will be made by the first start")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            Health.UNHEALTHY,
            f"{place} cannot be written ({error.strerror})",
            advice="give the user that runs balas this folder, or set BALAS_DATA_DIR",
        )
    open_to_others = [path.name for path in _secrets(folder) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        return Finding(
            Health.UNHEALTHY,
            f"others may read secrets: {', '.join(open_to_others)}",
            advice=f"chmod 600 {place / 'secrets'}/*",
        )
    if _is_open_to_others(folder):
        return Finding(
            Health.DEGRADED,
            f"every user of this machine may read the messages in {place}",
            advice=f"chmod -R go-rwx {place}",
        )
    return Finding(Health.HEALTHY, str(place))


def _is_open_to_others(folder: Path) -> bool:
    """Open to others, not to the group: on Kubernetes a volume belongs to the pod's group."""
    return bool(folder.stat().st_mode & stat.S_IXOTH) and any(
        path.stat().st_mode & stat.S_IROTH for path in folder.iterdir() if not path.is_symlink()
    )


def _secrets(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "secrets").glob("*") if path.is_file())


def check_disk(folder: Path) -> Finding:
    place = _existing(folder)
    usage = shutil.disk_usage(place)
    if usage.total == 0:
        return Finding(Health.UNHEALTHY, f"{place} is on no disk", advice="set BALAS_DATA_DIR to a folder on a disk")
    free = usage.free
    detail = f"{free / 1e9:.1f} GB free"
    if free < TOO_LITTLE_BYTES:
        return Finding(Health.UNHEALTHY, detail, advice="make room: messages cannot be stored on a full disk")
    if free < LITTLE_BYTES:
        return Finding(Health.DEGRADED, detail, advice="make room soon")
    return Finding(Health.HEALTHY, detail)


def check_text_recognition() -> Finding:
    """Healthy also without it: then scans and photos are refused, and everything else works."""
    program = tesseract.program()
    if program is None:
        return Finding(
            Health.HEALTHY,
            "tesseract is not installed: scans and photos cannot be read",
            advice=tesseract.HOW_TO_GET_IT,
        )
    languages = [name for name in tesseract.languages(program) if name != tesseract.ORIENTATION]
    if not languages:
        return Finding(
            Health.DEGRADED,
            f"{program} has no languages: scans and photos cannot be read",
            advice="install its language packs (on Debian: apt install tesseract-ocr-eng tesseract-ocr-ind)",
        )
    return Finding(Health.HEALTHY, f"{program}, {', '.join(languages)}")


def _existing(folder: Path) -> Path:
    path = folder.absolute()
    while not path.exists():
        path = path.parent
    return path


def check_port(settings: Settings) -> Finding:
    """Healthy when the port is free, or taken by a Balas that answers."""
    host, port = settings.balas_host, settings.balas_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server: old connections are no obstacle
        try:
            probe.bind((host, port))
        except OSError as error:
            return _taken(settings, error)
    return Finding(Health.HEALTHY, f"{host}:{port} is free")


def _taken(settings: Settings, error: OSError) -> Finding:
    host, port = settings.balas_host, settings.balas_port
    try:
        answer = httpx2.get(f"{settings.own_address}/health", timeout=4, trust_env=False).json()
        dependencies = answer["dependencies"]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return Finding(
            Health.UNHEALTHY,
            f"{host}:{port} cannot be used ({error.strerror})",
            advice="stop the program that has it, or set BALAS_PORT and BALAS_HOST",
        )
    unwell = [f"{name}: {found['detail']}" for name, found in dependencies.items() if found["status"] != "healthy"]
    detail = f"Balas {answer.get('version')} runs at {host}:{port}, index {dependencies['qdrant']['detail']}"
    return Finding(Health.DEGRADED if unwell else Health.HEALTHY, detail, advice="; ".join(unwell))
