"""The marks before questions and their answers: "Q:" and "A:" in many languages, or a document's own pair."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

FEWEST = 3  # pairs from which two marks that take turns are the document's own
ASKING = 0.6  # of the lines after the first of them end as questions

LIST_MARK = r"^(?:[-*•]\s*)?(?:\d{1,3}\s*[.)]\s*)?"
_END = r"\s*\d{0,3}\s*[:：.)]\s*(?=\S)"
_ASKED = (
    "Q|T|P|Question|Pertanyaan|Tanya|Soalan|Soal|Pregunta|Pergunta|Frage|Domanda|Vraag|Hỏi|Câu hỏi|Soru|Вопрос"
    "|Питання|Запитання|Pytanie|Tanong|Swali|คำถาม|ถาม|ຖາມ|សំណួរ|问|問|질문|문|सवाल|प्रश्न|প্রশ্ন|سؤال|س|سوال|پرسش|שאלה|Ερώτηση"
)
_TOLD = (
    "A|J|R|Answer|Jawaban|Jawab|Jawapan|Respuesta|Resposta|Réponse|Antwort|Risposta|Antwoord|Đáp|Trả lời|Cevap|Yanıt"
    "|Ответ|Відповідь|Odpowiedź|Sagot|Jibu|คำตอบ|ตอบ|ຕອບ|ចម្លើយ|答|답변|답|उत्तर|जवाब|উত্তর|جواب|ج|پاسخ|תשובה|Απάντηση"
)
_OWN = re.compile(LIST_MARK + r"([^\W\d_]{1,14})\.?\s*\d{0,3}\s*[:：]\s*(?=\S)")
_ASKS = re.compile(r"[?？؟՞][\"'”’»」*)\s]*$")


@dataclass(frozen=True, slots=True)
class Marks:
    question: re.Pattern[str]
    answer: re.Pattern[str]

    def starts(self, line: str) -> bool:
        return bool(self.question.match(line) or self.answer.match(line))


KNOWN = Marks(
    re.compile(f"{LIST_MARK}(?:{_ASKED}){_END}", re.IGNORECASE),
    re.compile(f"{LIST_MARK}(?:{_TOLD}){_END}", re.IGNORECASE),
)


def marks(texts: Iterable[str]) -> Marks:
    """The known marks, or two others that take turns ("F:" and "A:") where what follows the first asks."""
    lines = [(found[1].casefold(), line) for text in texts for line in text.split("\n") if (found := _OWN.match(line))]
    counts = Counter(pairwise(mark for mark, _ in lines))
    if not counts:
        return KNOWN
    (asked, told), times = counts.most_common(1)[0]
    turns = [line for mark, line in lines if mark == asked]
    asking = sum(bool(_ASKS.search(line)) for line in turns)
    if asked == told or times < FEWEST or times < len(turns) or asking < ASKING * len(turns):
        return KNOWN
    return Marks(*(re.compile(rf"{LIST_MARK}{re.escape(mark)}{_END}", re.IGNORECASE) for mark in (asked, told)))
