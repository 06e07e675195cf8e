"""A seeded sample of questions, stratified by split."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from harness.errors import ConfigError
from harness.types import Question


def sample(questions: Sequence[Question], limit: int, seed: int) -> tuple[Question, ...]:
    """Return at most `limit` questions in their order, each split in proportion.

    With as many questions as splits every split has one at least. A larger limit takes the same
    questions and more, so what was answered before is not asked again.

    Raises:
        ConfigError: The limit is below 1.
    """
    if limit < 1:
        raise ConfigError(f"--limit {limit}: give 1 or more")
    sizes = Counter(q.split for q in questions)
    taken: Counter[str] = Counter()
    ranked: list[tuple[float, str, str]] = []
    for question in sorted(questions, key=lambda q: (_draw(q, seed), q.id)):
        share = taken[question.split] / sizes[question.split]
        ranked.append((share, question.split, question.id))
        taken[question.split] += 1
    chosen = {key for _, _, key in sorted(ranked)[:limit]}
    return tuple(q for q in questions if q.id in chosen)


def _draw(question: Question, seed: int) -> bytes:
    text = f"{seed}\0{question.id}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
