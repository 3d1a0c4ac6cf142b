"""A console over real rows and the real simulator. The business behind it is played by a thread with set answers.

`python -m tests.console_shop PORT FOLDER` serves one; the tests start it in a thread or as a process of its own.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import uvicorn
from fastapi import FastAPI

from balas.choices import ChangeGate
from balas.console.routes import include_console
from balas.database.engine import Database
from balas.knowledge.gate import Gate
from balas.knowledge.rehearsal import Rehearsal
from balas.models import Base, DocumentStatus, InboxState
from balas.ports import Ring
from balas.runtime import Secrets
from balas.settings import Settings
from balas.simulator.app import create_simulator
from balas.values import Role
from tests.console_answers import ANSWERS, FAQ, HOURS, RETURNS, shipping
from tests.console_rows import Rows

PASSWORD = "a-long-test-password"
HMAC_KEY = b"k" * 48
WAHA_KEY = "waha-key-of-the-test"
LOCAL = {"trust_env": False}


class Shop(Rows):
    def __init__(self, folder: Path, port: int, *, simulated: bool = True, model: bool = False) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.answers = dict(ANSWERS)
        self.think_seconds = 0.15
        self.rings: list[Ring] = []
        self.database = Database(f"sqlite:///{folder}/balas.sqlite3")
        Base.metadata.create_all(self.database.writer)
        self.simulator, self.phones = create_simulator(
            api_key=WAHA_KEY, webhook_url=f"{self.url}/api/webhook", hmac_key=HMAC_KEY, seed=time.time_ns()
        )
        settings = Settings(openai_base_url="http://127.0.0.1:9/v1") if model else Settings()
        secrets = Secrets("api-key", PASSWORD, (HMAC_KEY,), WAHA_KEY, "s" * 43)
        self.app = FastAPI()
        self.app.state.runtime = SimpleNamespace(
            settings=settings,
            secrets=secrets,
            database=self.database,
            queue=SimpleNamespace(ring=self._ring),
            gate=Gate(self.database, cast(Rehearsal, None), ChangeGate.OFF, {}),
        )
        include_console(self.app, self.phones if simulated else None)
        self.app.mount("/simulator", self.simulator)

        @self.app.post("/api/webhook")
        def webhook() -> dict[str, str]:
            return {"status": "queued"}

        config = uvicorn.Config(self.app, host="127.0.0.1", port=port, log_level="warning")
        self.server = uvicorn.Server(config)
        self._stopped = threading.Event()

    def _ring(self, *rings: Ring) -> None:
        self.rings += rings

    # ---- running

    def start(self) -> None:
        self._threads = [
            threading.Thread(target=self.server.run, daemon=True),
            threading.Thread(target=self.play, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._stopped.set()
        self.app.state.console.streams.ended.set()
        self.server.should_exit = True
        for thread in self._threads:
            thread.join(10)
        self.simulator.close()
        self.database.close()

    # ---- the business

    def play(self) -> None:
        """Answer every message that has a set answer, through the simulator's own API."""
        seen = 0
        while not self._stopped.is_set():
            if not self.phones.wait(seen, 0.2):
                continue
            for entry in self.phones.log_since(seen):
                seen = entry.seq
                if entry.kind == "message" and not entry.detail["from_me"]:
                    threading.Thread(target=self.answer, args=(entry.chat_id, entry.detail), daemon=True).start()

    def answer(self, chat_id: str, asked: dict[str, Any]) -> None:
        answer = self.answers.get(asked["text"])
        if answer is None:
            return
        text, kept = answer(asked["text"])
        call = {"session": "default", "chatId": chat_id}
        with httpx2.Client(base_url=f"{self.url}/simulator/api", headers={"X-Api-Key": WAHA_KEY}, **LOCAL) as waha:
            waha.post("/sendSeen", json=call)
            waha.post("/startTyping", json=call)
            time.sleep(self.think_seconds)
            waha.post("/stopTyping", json=call)
            sent = waha.post("/sendText", json={**call, "text": text, "linkPreview": False}).json()
        self.keep(chat_id, Role.USER, asked["text"], asked["bare_id"], name=asked["push_name"])
        self.keep(chat_id, Role.ASSISTANT, text, sent["key"]["id"], kept)


def furnish(shop: Shop) -> None:
    """Something of everything, for looking at."""
    passages = ("Berapa ongkos kirimnya?\nJabodetabek: Rp 12.000 per kg, 1–3 hari.", "Ada gratis ongkir? Ada.")
    shop.add_document(FAQ, *passages, source="sample", name="faq_toko_kopi_lereng.md", file_type="md", pages=None)
    shop.add_document(RETURNS, *passages, source="sample", name="kebijakan_pengembalian.pdf")
    shop.add_document(
        HOURS, "Senin–Jumat 08.00–20.00", source="sample", name="jam_buka_dan_lokasi.docx", file_type="docx", pages=None
    )
    shop.add_document("Daftar harga", "Gayo 250 g", source="sample", name="daftar_harga.xlsx", file_type="xlsx")
    busy = {"status": DocumentStatus.INDEXING, "progress": 0.31, "phase": "reading page 12 of 40", "chunk_count": 0}
    shop.add_document("Katalog mesin espresso 2026", name="katalog_mesin_2026.pdf", pages=40, size=3_482_113, **busy)
    shop.add_document(
        "scan-brosur",
        name="scan-brosur.pdf",
        status=DocumentStatus.FAILED,
        size=912_331,
        error="No text was found on any page: this looks like a scan. Run it through text recognition "
        "(OCR) and add it again.",
        chunk_count=0,
    )
    ago = datetime.now(UTC) - timedelta(days=1, hours=2)
    people = [("6281234567890@c.us", "Rina Wulandari"), ("12025550177@c.us", "Tom Becker"), ("66812345678@c.us", None)]
    for number, (chat, name) in enumerate(people):
        at = ago + timedelta(hours=number * 9)
        question = "Berapa ongkos kirim ke Jakarta?"
        text, kept = shipping(question)
        shop.keep(chat, Role.USER, "Halo kak", f"A{number}", name=name, at=at)
        shop.keep(chat, Role.ASSISTANT, "Halo! Ada yang bisa dibantu?", f"B{number}", at=at + timedelta(seconds=4))
        shop.keep(chat, Role.USER, question, f"C{number}", at=at + timedelta(minutes=1))
        shop.keep(chat, Role.ASSISTANT, text, f"D{number}", kept, at=at + timedelta(minutes=1, seconds=3))
    shop.keep(people[0][0], Role.OPERATOR, "Kak Rina, paketnya sudah kami kirim ya. Resi JNE 0123456789.", "E0")
    shop.add_letter("Apakah bisa bayar pakai QRIS?", InboxState.DEAD, "deadline", "The model did not answer in time.")
    shop.add_letter("", InboxState.DEAD, "unparseable")
    shop.add_letter("Halo, masih buka?", InboxState.IGNORED, "stale")
    for number in range(42):
        shop.add_letter(f"m{number}", InboxState.ANSWERED, None)
    for number in range(9):
        shop.add_letter(f"i{number}", InboxState.IGNORED, "group")


if __name__ == "__main__":
    served = Shop(Path(sys.argv[2]), int(sys.argv[1]))
    if "--furnish" in sys.argv:
        furnish(served)
    threading.Thread(target=served.play, daemon=True).start()
    served.server.run()
