"""How much faster all lexical metrics are than their reference packages one pair at a time.

    python benchmarks/scoring_speed.py [--pairs 2000] [--words 100] [--reference 300]

Ours scores all pairs in one call per metric, one metric after the other as a benchmark does, so
the first that needs the words of a text pays for cutting it. The reference packages score one
pair at a time, with a scorer that is made once, on a sample of the pairs; their seconds are
scaled up to all pairs. Every value of the sample is compared, so what is timed is the same
number. Seconds are those of this process alone, whatever else the machine does. The ratios are
what to read.
"""

import argparse
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from random import Random
from time import process_time

import numpy as np
from nltk.translate.meteor_score import meteor_score
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sklearn.feature_extraction.text import TfidfVectorizer

from harness import registry
from harness.data import DataOptions, load
from harness.text.normalize import tokens
from harness.types import Case, Prediction, Question

One = Callable[[str, str], float]
"""An answer and its reference to a value."""


def main() -> None:
    """Print seconds of both for every metric, their ratio, and the ratio of the sums."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--reference", type=int, default=300, help="pairs for the references")
    args = parser.parse_args()

    pairs = made(args.pairs, args.words)
    cases = [
        Case(Question(str(i), "?", (right,)), Prediction("a", 0, "", str(i), said), "none")
        for i, (said, right) in enumerate(pairs)
    ]
    sample = pairs[: args.reference]
    references = reference_packages(pairs)
    scale = len(pairs) / len(sample)
    print(
        f"{len(pairs):,} pairs of {args.words} words; references timed on {len(sample):,} of them"
    )
    print(f"{'metric':<26}{'ours s':>9}{'reference s':>13}{'ratio':>8}  package")
    sums = [0.0, 0.0]
    for name, (package, one) in references.items():
        metric = registry.create("metric", name, {})
        one(*sample[0])  # what a package loads or compiles on its first call is not timed
        start = process_time()
        rows = metric.measure(cases)
        ours = process_time() - start
        start = process_time()
        expected = [one(said, right) for said, right in sample]
        theirs = (process_time() - start) * scale
        got = metric.reduce(np.array(rows[: len(sample)], float))
        if not np.allclose(got, expected, rtol=0, atol=1e-9):
            raise SystemExit(f"{name}: not the value of {package}")
        sums = [sums[0] + ours, sums[1] + theirs]
        print(f"{name:<26}{ours:>9.3f}{theirs:>13.2f}{theirs / ours:>8.1f}  {package}")
    print(f"{'all':<26}{sums[0]:>9.3f}{sums[1]:>13.2f}{sums[1] / sums[0]:>8.1f}")
    start = process_time()
    registry.create("metric", "contains", {}).measure(cases)
    print(f"{'contains':<26}{process_time() - start:>9.3f}{'–':>13}{'–':>8}  nobody else has it")


def made(count: int, words: int) -> list[tuple[str, str]]:
    """Return pairs of so many words from a shipped corpus, two words of five exchanged."""
    rng = Random(0)
    corpus = load("vantora", DataOptions()).corpus
    text = list(chain.from_iterable(document.text.split() for document in corpus))
    pairs = []
    for _ in range(count):
        start = rng.randrange(len(text) - words)
        right = text[start : start + words]
        said = [rng.choice(text) if rng.random() < 0.4 else word for word in right]
        pairs.append((" ".join(said), " ".join(right)))
    return pairs


def reference_packages(pairs: Sequence[tuple[str, str]]) -> dict[str, tuple[str, One]]:
    """Return for each metric a package with its function for one pair."""
    vocabulary = sorted({word for text in chain.from_iterable(pairs) for word in tokens(text)})
    tfidf = TfidfVectorizer(analyzer=tokens, vocabulary=vocabulary)
    tfidf.fit([right for _, right in pairs])
    chrf = CHRF()

    def rouge(name: str, *, stemmed: bool = False) -> One:
        scorer = RougeScorer([name], use_stemmer=stemmed)
        return lambda said, right: float(scorer.score(right, said)[name].fmeasure)

    def bleu(method: str, *, effective: bool) -> One:
        scorer = BLEU(smooth_method=method, effective_order=effective)
        return lambda said, right: float(scorer.corpus_score([said], [[right]]).score)

    def cosine(said: str, right: str) -> float:
        return float((tfidf.transform([said]) @ tfidf.transform([right]).T).sum())

    def meteor(said: str, right: str) -> float:
        return float(meteor_score([tokens(right)], tokens(said), wordnet=_NoWordNet()))

    return {
        "rouge1": ("rouge-score", rouge("rouge1")),
        "rouge2": ("rouge-score", rouge("rouge2")),
        "rougeL": ("rouge-score", rouge("rougeL")),
        "rougeLsum": ("rouge-score", rouge("rougeLsum")),
        "rougeLsum_stem": ("rouge-score", rouge("rougeLsum", stemmed=True)),
        "bleu": ("sacrebleu", bleu("exp", effective=False)),
        "bleu_sentence_exp": ("sacrebleu", bleu("exp", effective=True)),
        "bleu_sentence_unsmoothed": ("sacrebleu", bleu("none", effective=False)),
        "chrf": ("sacrebleu", lambda a, b: chrf.corpus_score([a], [[b]]).score),
        "meteor": ("nltk, our words", meteor),
        "cosine_tfidf": ("scikit-learn, our words", cosine),
        "exact_match": ("SQuAD's definition", lambda a, b: float(_squad(a) == _squad(b))),
        "token_f1": ("SQuAD's definition", _f1),
    }


class _NoWordNet:
    def synsets(self, word: str) -> list[object]:
        return []


def _squad(text: str) -> list[str]:
    """Return the words of a text as SQuAD compares answers."""
    bare = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def _f1(said: str, right: str) -> float:
    ours, theirs = _squad(said), _squad(right)
    common = sum((Counter(ours) & Counter(theirs)).values())
    if not common:
        return float(ours == theirs)
    precision, recall = common / len(ours), common / len(theirs)
    return 2 * precision * recall / (precision + recall)


if __name__ == "__main__":
    main()
