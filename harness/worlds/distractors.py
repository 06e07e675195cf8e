"""Documents that answer no question of a set: things of other worlds, whose names it lacks."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, count
from random import Random

from harness.errors import DataError
from harness.types import Document, QuestionSet
from harness.worlds.entities import entities
from harness.worlds.names import inventory
from harness.worlds.writing import write

FIRST_SEED = 1_000_003
"""Of their worlds, one after the other: none that is made for questions is likely to have it."""

SIZE = 280
"""Documents of a world: as many as the shipped one, so that names look alike."""

_PAIR = re.compile(r"\b([A-Z]\w+) (?=([A-Z0-9]\w+))")


def distractors(questions: QuestionSet) -> Iterator[Document]:
    """Yield documents of fixed worlds without end, always the same ones in the same order.

    A document is left out where it has the first two words of a name ("Kelvo 40" of "Kelvo 40
    Pro", or a person's) that a document or question of the set has too: what is said of a
    namesake would contradict the set, or answer what it holds unanswerable.

    Raises:
        DataError: A document of the set has the id of a distractor.
    """
    texts = ((d.title, d.text) for d in questions.corpus)
    taken = _names([*chain(*texts), *(q.text for q in questions.questions)])
    known = {document.id for document in questions.corpus}
    for seed in count(FIRST_SEED):
        for index, thing in enumerate(entities(seed, SIZE)):
            written = write(thing, Random(f"{seed}/{index}/wording"))
            if taken.isdisjoint(_names([written.title, written.text])):
                id = f"distractor-{seed - FIRST_SEED}-{index + 1:03d}"
                if id in known:
                    raise DataError(f"the corpus has a document {id!r}; rename it to add others")
                yield Document(id, written.text, written.title)


def _names(texts: Iterable[str]) -> set[tuple[str, str]]:
    """Return the first two words of every name: one of the worlds' own and what follows it."""
    own = _own()
    pairs = chain.from_iterable(map(_PAIR.findall, texts))
    return {(first, second) for first, second in pairs if first in own}


@cache
def _own() -> frozenset[str]:
    return frozenset(chain.from_iterable(inventory().values()))
