"""Made-up documents: sentences of a shop, different in each, the same on every machine."""

from __future__ import annotations

import random

GOODS = ("kopi Gayo", "teh melati", "madu hutan", "gula aren", "sambal bawang", "keripik tempe", "beras merah", "jahe")
PLACES = ("Jakarta", "Bandung", "Medan", "Surabaya", "Makassar", "Denpasar", "Padang", "Semarang", "Malang", "Kupang")
SENTENCES = (
    "{good} dikirim ke {place} setiap hari kerja pukul {hour}.00 dengan ongkos Rp {price}.000 per kilogram.",
    "Harga {good} di toko {place} adalah Rp {price}.000 dan berlaku sampai tanggal {day}.",
    "Pembeli di {place} dapat menukar {good} yang rusak dalam {day} hari dengan nota pembelian.",
    "Gudang {place} buka pukul {hour}.00 dan menerima {good} dari petani pada tanggal {day} setiap bulan.",
    "Untuk pesanan {good} di atas {price} kilogram, toko {place} memberi potongan {day} persen.",
    "Simpan {good} di tempat kering; rasa terbaik bertahan {day} minggu setelah kemasan dibuka di {place}.",
)


def sentence(rng: random.Random) -> str:
    values = {"good": rng.choice(GOODS), "place": rng.choice(PLACES), "hour": rng.randint(7, 21)}
    return rng.choice(SENTENCES).format(**values, price=rng.randint(5, 900), day=rng.randint(1, 28))


def paragraph(rng: random.Random, sentences: int = 6) -> str:
    return " ".join(sentence(rng) for _ in range(sentences))


def document(number: int, sections: int) -> str:
    """Markdown with headings."""
    rng = random.Random(number)
    parts = [f"## Bagian {number}.{part}\n\n{paragraph(rng)}\n\n{paragraph(rng)}" for part in range(sections)]
    return f"# Panduan {number}\n\n" + "\n\n".join(parts) + "\n"
