"""Embeds the texts of a JSON file and nothing else. `python -m benchmarks.bare_embedder FILE`"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from balas.knowledge.vectors import BATCH_TEXTS
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.settings import load_settings

if __name__ == "__main__":
    texts = sorted(json.loads(Path(sys.argv[1]).read_text("utf-8")), key=len)
    embedder = EmbeddedModel(load_settings({}, env_file=None).model_cache_dir)
    for start in range(0, len(texts), BATCH_TEXTS):
        embedder.embed_passages(texts[start : start + BATCH_TEXTS])
