"""The sample documents and one more, which edits are made of, and what people ask of them."""

from __future__ import annotations

from balas.samples import sample_files

RENTAL = """# Pedal & Shore bike rental

## Prices · Precios

| Bike | Bicicleta | Per hour | Per day |
|---|---|---|---|
| City bike | Bicicleta de paseo | € 4.50 | € 18 |
| Mountain bike | Bicicleta de montaña | € 7.00 | € 29 |
| Electric bike | Bicicleta eléctrica | € 9.50 | € 41 |
| Tandem | Tándem | € 8.00 | € 33 |
| Child seat | Silla infantil | € 1.00 | € 5 |

## Deposit and papers

We take a deposit of € 120 for each bike, by card. It is released within 48 hours after the bike is back. Please bring \
an identity card or passport.

## Opening hours

From April to October we are open from 9:00 to 20:30 every day. From November to March we open on weekends only, from \
10:00 to 17:00.

## Damage and theft

A puncture is on us. Other damage costs what the workshop in Calle del Puerto asks, at most € 250 with the insurance \
of € 3 a day. A stolen bike costs the deposit if the police report reaches us within 24 hours.

## Cancelar una reserva (cancelling)

Las reservas se pueden cancelar gratis hasta 12 horas antes de la recogida. Después cobramos el 30 % del precio.

## Questions

### Do you deliver bikes to hotels?

Yes, within 6 km of the harbour for € 8, both ways included.

### Can I take the bike on the ferry?

Yes. The ferry to Isla Verde takes bikes for € 2.40 each way, without a booking.

### Do you rent helmets?

A helmet comes free with every bike. A lock costs € 2 a day.

### ¿Tienen visitas guiadas?

Sí, los martes y viernes a las 10:15, por € 25 por persona, con un mínimo de 4 personas.
"""
RENTAL_NAME = "pedal.md"
PRICES, HOURS, RETURNS, FAQ = (
    "daftar_harga.xlsx", "jam_buka_dan_lokasi.docx", "kebijakan_pengembalian.pdf", "tanya_jawab.md",
)  # fmt: skip
# What people ask, beside what is drafted from the documents.
ASKED = [
    ("Berapa ongkir ke Papua?", "tanya_jawab.md", "Rp 75.000"),
    ("¿Cuánto cuesta una bicicleta eléctrica por día?", RENTAL_NAME, "€ 41"),
    ("How much is the deposit?", RENTAL_NAME, "€ 120"),
    ("Can I cancel my booking?", RENTAL_NAME, "12 horas"),
    ("How long is the warranty on grinders?", "kebijakan_pengembalian.pdf", "12-month warranty"),
]
SILENT = ["Who is the president of France?", "Jual helikopter?"]


def originals() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sample_files()} | {RENTAL_NAME: RENTAL.encode()}
