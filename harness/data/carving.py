"""The splits of a folder that has none: whole documents to `test-new`, one question to `test-seen`.

1. Questions that share a gold document, directly or through others, form a cluster. Clusters are
   drawn until they hold 25 % of the documents that questions are about: `test-new`. One that is
   too large for what is left is passed over. A question without gold is a document of its own.
2. 10 % of the documents, drawn likewise from the other clusters: `dev-new`.
3. Of every other document one answerable question, provided that all its documents keep another
   one in training: `test-seen`.
4. The same again for at most 10 % of what is left: `dev-seen`. A question that shares an answer
   and a document with a `test-seen` question stays in training, for that is what was seen.
5. The rest: `train`.
6. Unanswerable questions: those of `test-new` documents, and 75 % of those of others, are
   `test-unanswerable`; those of `dev-new` documents stay there; of the rest 10 % are `dev-seen`
   and 90 % `train`, so that refusing can be taught.

"Drawn" means: in the order of a hash of split seed and id, so file order changes nothing.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from math import ceil

from harness.data.tokens import tokens
from harness.types import Question

NEW_SHARE = 0.25
DEV_SHARE = 0.1
UNANSWERABLE_TEST_SHARE = 0.75

Order = Callable[[str], tuple[bytes, str]]
Cluster = tuple[frozenset[str], tuple[Question, ...]]
"""Gold documents, or the id of a question that has none, and the questions about them."""


def carve(questions: Sequence[Question], seed: int) -> dict[str, str]:
    """Return the split of every question, by id."""
    found = clusters(questions)
    total = sum(len(documents) for documents, _ in found)
    test = _draw(found, total * NEW_SHARE, _order(seed, "test-new"))
    drawn = {min(documents) for documents, _ in test}
    others = [c for c in found if min(c[0]) not in drawn]
    dev = _draw(others, total * DEV_SHARE, _order(seed, "dev-new"))
    splits = {q.id: "train" for q in questions}
    splits |= {q.id: "dev-new" for _, members in dev for q in members}
    for _, members in test:
        splits |= {q.id: "test-new" if q.answerable else "test-unanswerable" for q in members}
    left = [q for q in questions if splits[q.id] == "train"]
    seen = _hold_out([q for q in left if q.answerable], len(left), _order(seed, "test-seen"))
    unanswerable = _in_order((q.id for q in left if not q.answerable), seed, "test-unanswerable")
    refused = unanswerable[: round(len(unanswerable) * UNANSWERABLE_TEST_SHARE)]
    splits |= dict.fromkeys(seen, "test-seen") | dict.fromkeys(refused, "test-unanswerable")
    return splits | _carve_dev_seen(questions, splits, seed)


def carve_dev(
    questions: Sequence[Question], splits: Mapping[str, str], seed: int
) -> dict[str, str]:
    """Return the training questions that become dev questions, with their new splits, by id.

    `dev-new` takes whole clusters that no test question belongs to, so nothing that is seen
    becomes unseen.
    """
    free = [
        (documents, members)
        for documents, members in clusters(questions)
        if all(splits[q.id] == "train" for q in members)
    ]
    trained = {key for q in questions if splits[q.id] == "train" for key in q.gold or (q.id,)}
    new = _draw(free, len(trained) * DEV_SHARE, _order(seed, "dev-new"))
    moved = {q.id: "dev-new" for _, members in new for q in members}
    return moved | _carve_dev_seen(questions, {**splits, **moved}, seed)


def clusters(questions: Sequence[Question]) -> list[Cluster]:
    """Return the connected components of questions and gold documents.

    >>> a, b = Question("a", "?", (), gold=("x", "y")), Question("b", "?", (), gold=("y",))
    >>> [len(members) for _, members in clusters([a, b, Question("c", "?", ())])]
    [2, 1]
    """
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    def keys(question: Question) -> Sequence[str]:
        return question.gold or (f"question {question.id}",)

    for question in questions:
        first, *others = keys(question)
        for other in others:
            parent[root(other)] = root(first)
    members: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        members[root(keys(question)[0])].append(question)
    return [
        (frozenset(key for q in group for key in keys(q)), tuple(group))
        for group in members.values()
    ]


def _draw(found: Sequence[Cluster], documents: float, order: Order) -> list[Cluster]:
    """Return clusters of about so many documents, at least one, and never all of them."""
    room = max(1, round(documents))
    drawn: list[Cluster] = []
    for cluster in sorted(found, key=lambda c: order(min(c[0])))[:-1]:
        if len(cluster[0]) <= room:
            room -= len(cluster[0])
            drawn.append(cluster)
    return drawn


def _carve_dev_seen(
    questions: Sequence[Question], splits: Mapping[str, str], seed: int
) -> dict[str, str]:
    train = [q for q in questions if splits[q.id] == "train"]
    shared = {f for q in questions if splits[q.id] == "test-seen" for f in _facts(q)}
    keep = {q.id for q in train if not shared.isdisjoint(_facts(q))}
    asked = [q for q in train if q.answerable]
    seen = _hold_out(asked, ceil(len(asked) * DEV_SHARE), _order(seed, "dev-seen"), keep)
    unanswerable = _in_order((q.id for q in train if not q.answerable), seed, "dev-seen")
    refused = unanswerable[: ceil(len(unanswerable) * DEV_SHARE)] if len(unanswerable) > 1 else []
    return dict.fromkeys((*seen, *refused), "dev-seen")


def _hold_out(
    pool: Sequence[Question], most: int, order: Order, keep: Set[str] = frozenset()
) -> list[str]:
    """Return ids of questions, one a document, whose documents all keep another in the pool."""
    left = Counter(key for q in pool for key in q.gold)
    asked: defaultdict[str, list[Question]] = defaultdict(list)
    for question in pool:
        for key in question.gold:
            asked[key].append(question)
    held: list[str] = []
    spent: set[str] = set()
    for document in sorted(asked, key=order):
        if len(held) == most:
            break
        for question in sorted(asked[document], key=lambda q: order(q.id)):
            free = spent.isdisjoint(question.gold) and question.id not in keep
            if free and all(left[key] > 1 for key in question.gold):
                held.append(question.id)
                spent.update(question.gold)
                left.subtract(question.gold)
                break
    return held


def _facts(question: Question) -> set[tuple[str, tuple[str, ...]]]:
    """Return what a question asks about, as pairs of a document and an answer."""
    return {(key, tokens(answer)) for key in question.gold for answer in question.answers}


def _order(seed: int, purpose: str) -> Order:
    """Return a sort key that shuffles ids, each purpose in its own way."""

    def key(name: str) -> tuple[bytes, str]:
        text = f"{seed}\0{purpose}\0{name}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), name

    return key


def _in_order(ids: Iterable[str], seed: int, purpose: str) -> list[str]:
    return sorted(ids, key=_order(seed, purpose))
