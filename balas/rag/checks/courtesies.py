"""Friendly sentences that tell nothing: "Let me know if you need anything else."."""

from __future__ import annotations

import re

from balas.rag.words import cues

LONGEST = 14  # words
_OFFER = re.compile(
    r"let me know|feel free|anything else|hope (?:this|that) helps|happy to help|you'?re welcome|silakan|semoga"
    r"|jika ada|kalau ada|bantu|avísame|avíseme|espero que|si necesitas|algo más|ayudar|espero ter ajudado"
    r"|mais alguma|ajudar|n'hésitez|besoin|gerne|weitere fragen|helfen|altro|aiut|nog iets|helpen|yardımcı"
    r"|обращайтесь|помочь|пишите|спрашивайте|مساعد|أهلا|مرحبا|मदद|还有|帮|お気軽|도와|con gusto|posso ajud|tanyakan"
    r"|hubungi kami|melden sie sich|karibu|niulize|cứ hỏi|liên hệ|giúp|sormaktan|more details|any questions"
)


def is_polite(sentence: str, *, claims: bool) -> bool:
    """A short one without anything that could be checked; `claims`: it speaks of what passages or question speak of."""
    if len(cues.words(sentence)) > LONGEST:
        return False
    return bool(_OFFER.search(cues.normal(sentence))) or (sentence.endswith(("!", "！")) and not claims)
