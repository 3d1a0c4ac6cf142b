"""A small shop's facts in several scripts, each with a question that one of them answers."""

from __future__ import annotations

from collections.abc import Sequence

from balas.rag.embeddings import Embedder
from balas.rag.index import IndexedDocument, IndexEntry, prepare_entry
from balas.rag.stores.hybrid_index import HybridIndex
from balas.values import Chunk

FACTS: dict[str, list[str]] = {
    "en": [
        "We are open from Monday to Saturday, nine in the morning to eight in the evening. On Sundays we are closed.",
        "Delivery within the city costs 15,000 rupiah and takes one day; to other islands three to five days.",
        "Shoes can be exchanged for another size within fourteen days when they have not been worn outdoors.",
        "We take bank transfer, cash on delivery and all major credit cards.",
    ],
    "id": [
        "Toko buka setiap hari Senin sampai Sabtu pukul sembilan pagi hingga delapan malam. Hari Minggu tutup.",
        "Ongkos kirim ke Bandung lima belas ribu rupiah dan barang sampai dalam satu hari.",
        "Sepatu dapat ditukar dengan ukuran lain dalam empat belas hari selama belum dipakai di luar ruangan.",
        "Pembayaran bisa lewat transfer bank, bayar di tempat, atau kartu kredit.",
    ],
    "es": [
        "Abrimos de lunes a sábado de nueve de la mañana a ocho de la noche. Los domingos cerramos.",
        "El envío dentro de la ciudad cuesta cinco euros y tarda un día hábil.",
        "Las zapatillas se pueden cambiar por otra talla en un plazo de catorce días si no se han usado en la calle.",
        "Aceptamos transferencia bancaria, pago contra reembolso y tarjetas de crédito.",
    ],
    "th": [
        "ร้านเปิดทุกวันจันทร์ถึงวันเสาร์ เวลาเก้าโมงเช้าถึงสองทุ่ม วันอาทิตย์ปิด",
        "ค่าจัดส่งภายในกรุงเทพห้าสิบบาท ใช้เวลาหนึ่งวัน",
        "รองเท้าเปลี่ยนขนาดได้ภายในสิบสี่วัน ถ้ายังไม่ได้ใส่เดินนอกบ้าน",
        "รับชำระด้วยการโอนเงินผ่านธนาคาร เก็บเงินปลายทาง และบัตรเครดิต",
    ],
    "hi": [
        "दुकान सोमवार से शनिवार सुबह नौ बजे से रात आठ बजे तक खुली रहती है। रविवार को बंद रहती है।",
        "शहर के भीतर डिलीवरी का शुल्क पचास रुपये है और सामान एक दिन में पहुँचता है।",
        "जूते चौदह दिन के भीतर दूसरे साइज़ से बदले जा सकते हैं, अगर बाहर पहने न गए हों।",
        "हम बैंक ट्रांसफर, कैश ऑन डिलीवरी और क्रेडिट कार्ड स्वीकार करते हैं।",
    ],
    "zh": [
        "本店周一至周六早上九点至晚上八点营业，周日休息。",
        "市内送货费为十五元，一天内送达。",
        "鞋子未在户外穿过的，十四天内可以换尺码。",
        "我们接受银行转账、货到付款和信用卡。",
    ],
    "ar": [
        "المتجر مفتوح من الاثنين إلى السبت من التاسعة صباحا حتى الثامنة مساء، ويغلق يوم الأحد.",
        "تكلفة التوصيل داخل المدينة خمسة عشر ريالا ويصل الطلب خلال يوم واحد.",
        "يمكن استبدال الحذاء بمقاس آخر خلال أربعة عشر يوما إذا لم يُلبس في الخارج.",
        "نقبل التحويل البنكي والدفع عند الاستلام وبطاقات الائتمان.",
    ],
    "ru": [
        "Магазин открыт с понедельника по субботу с девяти утра до восьми вечера. В воскресенье закрыто.",
        "Доставка по городу стоит триста рублей и занимает один день.",
        "Обувь можно обменять на другой размер в течение четырнадцати дней, если её не носили на улице.",
        "Мы принимаем банковский перевод, оплату при получении и кредитные карты.",
    ],
}

QUESTIONS: dict[str, list[str]] = {  # the n-th is answered by the n-th fact
    "en": ["are you open on sunday", "how much is delivery?", "can I change the size of my shoes", "do you take cards"],
    "id": [
        "hari minggu buka gak?",
        "ongkir ke bandung berapa kak",
        "bisa tukar ukuran sepatu?",
        "bisa bayar di tempat?",
    ],
    "es": ["¿abren los domingos?", "cuanto cuesta el envio", "puedo cambiar la talla", "¿aceptan tarjeta de crédito?"],
    "th": ["วันอาทิตย์เปิดไหม", "ค่าส่งเท่าไหร่", "เปลี่ยนขนาดรองเท้าได้ไหม", "จ่ายเงินปลายทางได้ไหม"],
    "hi": ["रविवार को दुकान खुली है?", "डिलीवरी का शुल्क कितना है", "जूते का साइज़ बदल सकते हैं?", "क्रेडिट कार्ड लेते हैं?"],
    "zh": ["周日营业吗", "送货费多少钱", "鞋子可以换尺码吗", "可以货到付款吗"],
    "ar": [
        "هل المتجر مفتوح يوم الأحد؟",
        "كم تكلفة التوصيل",
        "هل يمكن استبدال مقاس الحذاء",
        "هل تقبلون بطاقات الائتمان",
    ],
    "ru": [
        "вы открыты в воскресенье?",
        "сколько стоит доставка",
        "можно обменять размер обуви",
        "принимаете кредитные карты?",
    ],
}

UNANSWERED = [
    "who won the world cup in 1998",
    "berapa tinggi gunung semeru",
    "¿cuál es la capital de Mongolia?",
    "ใครเป็นนายกรัฐมนตรีของญี่ปุ่น",
    "गंगा नदी की लंबाई कितनी है",
    "谁发明了电话",
    "من كتب رواية البؤساء",
    "как приготовить борщ",
]


def entries(document_id: int, texts: Sequence[str], embedder: Embedder, *, language: str = "en") -> list[IndexEntry]:
    """Passages of a document; the n-th has the id `document_id * 1000 + n`."""
    document = IndexedDocument(document_id, 1, "Shop", "public")
    vectors = embedder.embed_passages(texts)
    return [
        prepare_entry(Chunk(n, text), document, chunk_id=document_id * 1000 + n, vector=vector, language=language)
        for n, (text, vector) in enumerate(zip(texts, vectors, strict=True))
    ]


def fill(index: HybridIndex, embedder: Embedder) -> dict[str, int]:
    """All shops, a document a language. Language -> document id."""
    documents = {language: number for number, language in enumerate(FACTS, 1)}
    for language, document_id in documents.items():
        index.replace_document(document_id, entries(document_id, FACTS[language], embedder, language=language))
    return documents
