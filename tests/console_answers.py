"""Answers with their traces, as the answer chain keeps them, for the console's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def trace(question: str, hits: list[dict[str, Any]], answerable: float, **more: Any) -> dict[str, Any]:
    line = {
        "question": question,
        "rewritten": more.pop("rewritten", None),
        "also_searched": [],
        "language": "id",
        "answerable": answerable,
        "threshold": 0.5,
        "hits": hits,
    }
    return {
        "question": question,
        "lines": [line],
        "checks": more.pop("checks", []),
        "times": {"retrieve": 21.4, "extract": 34.1, "total": 58.9},
        "usage": None,
        "decision": "quoted",
        **more,
    }


def hit(
    title: str, text: str, dense: float, words: float, characters: float, score: float, page: int | None = None
) -> dict[str, Any]:
    return {
        "document_id": 1,
        "title": title,
        "page": page,
        "text": text,
        "dense": dense,
        "words": words,
        "characters": characters,
        "score": score,
    }


FAQ, HOURS, RETURNS = "Tanya jawab Toko Kopi Lereng", "Jam buka dan lokasi", "Kebijakan pengembalian"
HITS = [
    hit(
        FAQ,
        "Berapa ongkos kirimnya?\nTujuan: Jabodetabek · Ongkir per kg: Rp 12.000 · Perkiraan tiba: 1–3 hari\n"
        "Tujuan: Pulau Jawa lainnya · Ongkir per kg: Rp 15.000",
        0.912,
        0.81,
        0.63,
        0.94,
    ),
    hit(
        FAQ,
        "Ada gratis ongkir? Ada. Gratis ongkir ke seluruh Pulau Jawa untuk belanja minimal Rp 300.000, maksimal "
        "berat 5 kg. Di luar Jawa ongkir dipotong Rp 15.000.",
        0.874,
        0.44,
        0.41,
        0.71,
    ),
    hit(
        RETURNS,
        "Ongkos kirim pengembalian ditanggung toko bila barang rusak atau salah kirim.",
        0.852,
        0.38,
        0.36,
        0.62,
        page=2,
    ),
    hit(
        HOURS,
        "Toko Dago buka Senin sampai Jumat 08.00–20.00, Sabtu 09.00–21.00, Minggu 09.00–17.00.",
        0.801,
        0.0,
        0.11,
        0.31,
    ),
    hit("Daftar harga", "Gayo Arabika 250 g: Rp 85.000", 0.79, 0.0, 0.09, 0.25),
]


def context(question: str, text: str, quote: str, title: str = FAQ, answerable: float = 0.93) -> dict[str, Any]:
    source = {"document_id": 1, "title": title, "page": None, "quote": quote}
    return {
        "text": text,
        "abstained": False,
        "language": "id",
        "mode": "extractive",
        "sources": [source],
        "tokens": 0,
        "cost": 0.0,
        "model": None,
        "response_time_ms": 1240,
        "trace": trace(question, HITS, answerable),
    }


def shipping(question: str) -> tuple[str, dict[str, Any]]:
    quote = "Tujuan: Jabodetabek · Ongkir per kg: Rp 12.000 · Perkiraan tiba: 1–3 hari"
    text = f"Ongkir ke Jabodetabek *Rp 12.000* per kg, perkiraan tiba 1–3 hari.\n\nSumber: {FAQ}"
    return text, context(question, text, quote)


def unknown(question: str) -> tuple[str, dict[str, Any]]:
    text = "Maaf, saya tidak menemukan jawabannya di dokumen kami. Mau saya teruskan ke admin?"
    kept = context(question, text, "", answerable=0.12)
    return text, {**kept, "abstained": True, "sources": []}


ANSWERS: dict[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
    "Berapa ongkos kirim ke Jakarta?": shipping,
    "Jual helikopter?": unknown,
}
