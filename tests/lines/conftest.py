from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from balas.bootstrap import open_runtime
from balas.jobs.line import perform
from balas.knowledge.intake import take_in
from balas.knowledge.uploads import pasted_text
from balas.ports import JobName
from balas.settings import load_settings
from tests.lines.system import System, started

SHOP = {
    "Jam buka": "Toko buka hari Senin sampai Jumat pukul 08.00 sampai 20.00. Hari Minggu toko tutup.",
    "Pengiriman": "Pesanan sebelum pukul 14.00 dikirim hari itu juga. Ongkos kirim ke Jakarta Rp 12.000 per kilogram.",
    "Pembayaran": "Kami menerima transfer bank, QRIS dan bayar di tempat (COD) untuk wilayah Bandung.",
}


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose documents are indexed already; copied for each test."""
    folder = tmp_path_factory.mktemp("shop")
    settings = load_settings({"BALAS_DATA_DIR": str(folder)}, env_file=None)
    with open_runtime(settings, index_dir=folder / "index") as runtime:
        for received in take_in(runtime.database, [pasted_text(title, text) for title, text in SHOP.items()]):
            perform(runtime, JobName.INGEST_DOCUMENT, received.document.id)
        runtime.library.open()
    return folder


@pytest.fixture
def data_dir(shop_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shop_folder, tmp_path / "data"))


@pytest.fixture
def system(data_dir: Path) -> Iterator[System]:
    with started(data_dir) as running:
        yield running
