"""Every text metric against a second implementation, on random and on real pairs."""

import json
import os
import random
import re
import string
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
from nltk.stem.porter import PorterStemmer
from nltk.translate.meteor_score import meteor_score
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sklearn.feature_extraction.text import TfidfVectorizer

from harness import registry
from harness.metrics import ngrams
from harness.metrics.meteor import meteor, synonyms_in
from harness.metrics.ngrams import Text, shared_ngrams
from harness.metrics.subsequence import common_positions
from harness.metrics.words import bleu_words, plain_words, rouge_words, squad_words
from harness.protocols import Metric
from harness.text.normalize import squad, tokens
from harness.types import Case, Prediction, Question

Pair = tuple[str, tuple[str, ...]]
"""An answer and its references."""

REAL = Path(os.environ.get("HARNESS_REALDATA", Path(__file__).parents[2] / "shared" / "data"))
STUDY = REAL / "ragvsft_lakatos2024" / "covid_test_results.json"

SENTENCES = (
    "The Aster 2 weighs 5 kg and is made in Norvik.",
    "It is made in Norvik; its weight is 5,000 g (±2.5%).",
    "On record: the warranty of the Tarn-40 runs for 1,200 days.\nNoted with care.\n\nSee p. 3.",
    "Die Röntgenröhre wird in Malmö gebaut, nicht in Århus… „So“ heißt es.",
    "Не знаю. 答案是北京。東京は日本の首都です。",
    "Results: p < 0.05 (n = 12), i.e. 3.5..4 &amp; more -- see Fig. 3!",
    "- 5-7 runners were running; the run-\nner ran 3--4 times, <skipped> \"quoted\" and 10:30.",
    "مرحبا بالعالم 👩‍🔬 ٣٫٥",
    "No.",
    "",
    "   ",
)  # fmt: skip
WORDS = re.split(
    " ",
    "the a cat Cat cats sat running runs ran Röntgen 12 1,200 2.5 over … 中文 x-ray it's . , "
    "generally generous .. ,. 3. .5 - -- '' \n \n\n the the",
)


def random_pairs(count: int, most_references: int, seed: int) -> list[Pair]:
    rng = random.Random(seed)

    def text() -> str:
        draw = rng.random()
        if draw < 0.2:
            return " ".join(rng.sample(SENTENCES, rng.randint(1, 3)))
        return " ".join(rng.choices(WORDS, k=rng.choice((0, 1, 2, 3, 8, 20, 40))))

    def near(other: str) -> str:
        words = other.split(" ")
        rng.shuffle(words) if rng.random() < 0.3 else None
        return " ".join(rng.choice(WORDS) if rng.random() < 0.2 else word for word in words)

    found = []
    for _ in range(count):
        references = tuple(text() for _ in range(rng.randint(1, most_references)))
        found.append((near(rng.choice(references)) if rng.random() < 0.6 else text(), references))
    return [*found, ("", ("",)), ("", ("a",)), ("a", ("",)), (".", ("!",)), ("\n", (" ", "a b"))]


@cache
def real_pairs() -> list[Pair]:
    """Return the outputs of a fine-tuned model beside what is right, some with two references.

    The first 300 characters of each: the references take seconds on whole answers, which
    `test_scoring.py` compares with published values.
    """
    table = json.loads(STUDY.read_text(encoding="utf-8"))
    said, right = ([text[:300] for text in table[name].values()] for name in ("gptj_fn", "output"))
    two = zip(said[:100], right[1:], right, strict=False)
    return [
        *((a, (b,)) for a, b in zip(said, right, strict=True)),
        *((a, (b, c)) for a, b, c in two),
    ]


PAIRS = random_pairs(1_100, most_references=3, seed=7)
EACH_ONCE = [(said, references[:1]) for said, references in PAIRS]
ABSENT = pytest.mark.skipif(not STUDY.exists(), reason="real data absent")
pairs_everywhere = pytest.mark.parametrize(
    "source", ["random", pytest.param("real", marks=[pytest.mark.realdata, ABSENT])]
)


def pairs_of(source: str) -> list[Pair]:
    return PAIRS if source == "random" else real_pairs()


def cases(pairs: Iterable[Pair]) -> list[Case]:
    return [
        Case(Question(str(i), "?", references), Prediction("a", 0, "", str(i), said), "none")
        for i, (said, references) in enumerate(pairs)
    ]


def metric(name: str) -> Metric:
    made: Metric = registry.create("metric", name, {})
    return made


def values(name: str, pairs: Sequence[Pair]) -> list[float]:
    """Return what each row alone reduces to."""
    measured = metric(name)
    rows = np.array(measured.measure(cases(pairs)), float)
    return [float(v) for v in measured.reduce(rows)]


def corpus_value(name: str, pairs: Sequence[Pair]) -> float:
    measured = metric(name)
    rows = np.array(measured.measure(cases(pairs)), float)
    return float(measured.reduce(rows.sum(axis=0)))


@pairs_everywhere
@pytest.mark.parametrize("stemmed", [False, True])
def test_rouge_equals_rouge_score(source: str, stemmed: bool) -> None:
    pairs = pairs_of(source)
    names = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    scorer = RougeScorer(names, use_stemmer=stemmed)
    expected = [scorer.score_multi(references, said) for said, references in pairs]
    for name in names:
        got = values(f"{name}_stem" if stemmed else name, pairs)
        assert got == pytest.approx([e[name].fmeasure for e in expected], abs=1e-9), name


@pairs_everywhere
def test_sentence_bleu_equals_sacrebleu(source: str) -> None:
    pairs = pairs_of(source)
    exp = [sacrebleu.sentence_bleu(said, list(references)).score for said, references in pairs]
    plain = [
        sacrebleu.corpus_bleu([said], [[r] for r in references], smooth_method="none").score
        for said, references in pairs
    ]
    assert values("bleu_sentence_exp", pairs) == pytest.approx(exp, abs=1e-9)
    assert values("bleu_sentence_unsmoothed", pairs) == pytest.approx(plain, abs=1e-9)
    assert corpus_value("bleu_sentence_exp", pairs) == pytest.approx(np.mean(exp), abs=1e-9)


def test_unsmoothed_bleu_follows_the_formula_of_the_paper() -> None:
    def papineni(said: Sequence[str], reference: Sequence[str]) -> float:
        logs = 0.0
        for n in range(1, 5):
            ours, theirs = (
                Counter(tuple(side[i : i + n]) for i in range(len(side) - n + 1))
                for side in (said, reference)
            )
            matched = sum(min(count, theirs[gram]) for gram, count in ours.items())
            if not matched:
                return 0.0
            logs += np.log(matched / sum(ours.values())) / 4
        penalty = 1.0 if len(said) > len(reference) else np.exp(1 - len(reference) / len(said))
        return float(100 * penalty * np.exp(logs))

    expected = [papineni(bleu_words(said), bleu_words(r)) for said, (r,) in EACH_ONCE]
    assert sum(value > 0 for value in expected) > 100
    assert values("bleu_sentence_unsmoothed", EACH_ONCE) == pytest.approx(expected, abs=1e-9)


@pairs_everywhere
@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_corpus_values_equal_the_command_line_of_sacrebleu(
    source: str, name: str, tmp_path: Path
) -> None:
    # its files hold one text per line, so a line end within a text becomes a space
    pairs = [
        (" ".join(said.split()), tuple(" ".join(r.split()) for r in references))
        for said, references in pairs_of(source)
    ]
    most = max(len(references) for _, references in pairs)
    files = [tmp_path / f"reference{n}" for n in range(most)]
    for n, file in enumerate(files):  # the last reference again where there are fewer
        lines = [references[min(n, len(references) - 1)] for _, references in pairs]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "said").write_text("\n".join(said for said, _ in pairs) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", *map(str, files), "-i", str(tmp_path / "said")]
    command += ["-m", name, "-b", "-w", "9"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert corpus_value(name, pairs) == pytest.approx(float(told), abs=1e-8)


@pairs_everywhere
def test_bleu_and_chrf_of_each_answer_alone_equal_sacrebleu(source: str) -> None:
    pairs = pairs_of(source)
    for name, theirs in (("bleu", sacrebleu.corpus_bleu), ("chrf", sacrebleu.corpus_chrf)):
        expected = [theirs([said], [[r] for r in references]).score for said, references in pairs]
        assert values(name, pairs) == pytest.approx(expected, abs=1e-9)


def test_a_text_cut_piece_by_piece_gives_the_words_of_the_whole() -> None:
    parts = [*"ab59the.,-'()&<>;\n \t\u00a0\u202fé–!/`~{}[]^_\"$%*+=?|\\#İΣ’中\u0301´½ﬁ٣", "  "]
    parts += ["&quot;", "&amp;", "&lt;", "amp;", "<skipped>", "-\n", "the ", " a ", "1,200", "10th"]
    thirteen_a = Tokenizer13a()  # type: ignore[no-untyped-call]
    cutters: list[tuple[Callable[[str], Sequence[str]], Callable[[str], Sequence[str]]]] = [
        (bleu_words, lambda text: thirteen_a(text.rstrip()).split()),
        (plain_words, tokens),
        (squad_words, lambda text: squad(text).split()),
        (rouge_words, DefaultTokenizer(use_stemmer=False).tokenize),
        (lambda text: rouge_words(text, True), DefaultTokenizer(use_stemmer=True).tokenize),
    ]
    rng = random.Random(3)
    for _ in range(8_000):
        text = "".join(rng.choices(parts, k=rng.randint(0, 14)))
        for ours, theirs in cutters:
            assert list(ours(text)) == list(theirs(text)), repr(text)


class Lemma:
    def __init__(self, name: str) -> None:
        self._name = name

    def name(self) -> str:
        return self._name


class Meaning:
    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def lemmas(self) -> list[Lemma]:
        return [Lemma(name) for name in self._names]


class SmallWordNet:
    """Knows some meanings, as NLTK's reader of WordNet tells them."""

    def __init__(self, *meanings: str) -> None:
        self._meanings = [meaning.split() for meaning in meanings]

    def synsets(self, word: str) -> list[Meaning]:
        return [Meaning(names) for names in self._meanings if word in names]


WORDNETS = (SmallWordNet(), SmallWordNet("cat feline dog", "sat over big_cat", "gener x ran 12"))


@pairs_everywhere
@pytest.mark.parametrize("wordnet", WORDNETS, ids=["no synonyms", "synonyms"])
def test_meteor_equals_nltk(source: str, wordnet: SmallWordNet) -> None:
    pairs, stemmer = pairs_of(source), PorterStemmer()
    stemmer.stem = cache(stemmer.stem)
    expected = [
        meteor_score([tokens(r) for r in references], tokens(said), str.lower, stemmer, wordnet)
        for said, references in pairs
    ]
    synonyms = synonyms_in(wordnet)
    got = [max(meteor(tokens(said), tokens(r), synonyms) for r in rs) for said, rs in pairs]
    assert got == pytest.approx(expected, abs=1e-9)
    if wordnet is WORDNETS[0] and "wordnet" not in metric("meteor").signature:
        assert values("meteor", pairs) == pytest.approx(expected, abs=1e-9)


@pairs_everywhere
def test_tfidf_equals_scikit_learn(source: str) -> None:
    pairs = pairs_of(source)
    vocabulary = sorted({w for said, rs in pairs for text in (said, *rs) for w in tokens(text)})
    tfidf = TfidfVectorizer(analyzer=tokens, vocabulary=vocabulary)
    tfidf.fit([" ".join(references) for _, references in pairs])
    ours = tfidf.transform([said for said, _ in pairs])
    nth = [tfidf.transform([rs[min(n, len(rs) - 1)] for _, rs in pairs]) for n in range(3)]
    expected = np.max([ours.multiply(theirs).sum(axis=1).A1 for theirs in nth], axis=0)
    assert values("cosine_tfidf", pairs) == pytest.approx(expected.tolist(), abs=1e-9)


def squad_scores(said: str, reference: str) -> tuple[float, float]:
    """Return exact match and F1 after the definition of SQuAD 2.0, one word after the other."""

    def words(text: str) -> list[str]:
        kept = [c for c in text.lower() if c not in string.punctuation]
        spaced = "".join(kept)
        for article in ("a", "an", "the"):
            spaced = _without(spaced, article)
        return spaced.split()

    ours, theirs = words(said), words(reference)
    left = list(theirs)
    common = 0
    for word in ours:
        if word in left:
            left.remove(word)
            common += 1
    if not ours or not theirs:
        f1 = float(ours == theirs)
    elif not common:
        f1 = 0.0
    else:
        precision, recall = common / len(ours), common / len(theirs)
        f1 = 2 * precision * recall / (precision + recall)
    return float(ours == theirs), f1


def _without(text: str, article: str) -> str:
    """Return the text with a space for the article wherever it stands as a word of its own."""
    found, i = [], 0

    def is_word(character: str) -> bool:
        return character.isalnum() or character == "_"

    while i < len(text):
        end = i + len(article)
        alone = (i == 0 or not is_word(text[i - 1])) and (
            end >= len(text) or not is_word(text[end])
        )
        if text[i:end] == article and alone:
            found.append(" ")
            i = end
        else:
            found.append(text[i])
            i += 1
    return "".join(found)


@pairs_everywhere
def test_exact_match_and_token_f1_equal_the_definition_of_squad(source: str) -> None:
    pairs = pairs_of(source)
    expected = [[squad_scores(said, r) for r in references] for said, references in pairs]
    assert values("exact_match", pairs) == [max(em for em, _ in each) for each in expected]
    best = [max(f1 for _, f1 in each) for each in expected]
    assert values("token_f1", pairs) == pytest.approx(best, abs=1e-9)


@pairs_everywhere
def test_contains_equals_a_search_word_by_word(source: str) -> None:
    def holds(said: Sequence[str], wanted: Sequence[str]) -> bool:
        wanted = wanted[1:] if len(wanted) > 1 and wanted[0] in ("a", "an", "the") else wanted
        starts = range(len(said) - len(wanted) + 1)
        return bool(wanted) and any(said[i : i + len(wanted)] == wanted for i in starts)

    pairs = pairs_of(source)
    pairs = [*pairs, *((" ".join((said, *rs)), rs) for said, rs in pairs)]
    expected = [float(any(holds(tokens(s), tokens(r)) for r in rs)) for s, rs in pairs]
    assert 0 < sum(expected) < len(expected)
    assert values("contains", pairs) == expected


def counted_by_hand(said: Text, references: Sequence[Text], orders: int) -> list[int]:
    found = []
    for n in range(1, orders + 1):
        ours, *theirs = (
            Counter(text[i : i + n] for i in range(len(text) - n + 1))
            for text in (said, *references)
        )
        found.append(sum(min(c, max(t[gram] for t in theirs)) for gram, c in ours.items()))
    return found


@pytest.mark.parametrize("different", [2, 50, 2_000, 30_000])
@pytest.mark.parametrize("orders", [1, 4, 6])
def test_shared_ngrams_are_counted_right_however_many_symbols_there_are(
    monkeypatch: pytest.MonkeyPatch, different: int, orders: int
) -> None:
    rng = random.Random(different * orders)
    # few positions: many blocks; few bits: a gram is never packed whole
    for positions, bits in ((1, 63), (700, 63), (30_000, 63), (30_000, 1)):
        monkeypatch.setattr(ngrams, "_POSITIONS", positions)
        monkeypatch.setattr(ngrams, "_BITS", bits)
        for as_words in (True, False):

            def text(as_words: bool = as_words) -> Text:
                drawn = [rng.randrange(different) for _ in range(rng.choice((0, 1, 3, 30, 120)))]
                return tuple(map(str, drawn)) if as_words else "".join(chr(c) for c in drawn)

            references = [[text() for _ in range(rng.randint(1, 3))] for _ in range(25)]
            said = [text() if i % 3 else r[0][3:] for i, r in enumerate(references)]
            expected = [
                counted_by_hand(s, r, orders) for s, r in zip(said, references, strict=True)
            ]
            assert shared_ngrams(said, references, orders).tolist() == expected


def test_nothing_is_shared_where_there_is_nothing() -> None:
    assert shared_ngrams([], [], 4).shape == (0, 4)
    assert shared_ngrams(["", "a"], [["", "a"], [""]], 2).tolist() == [[0, 0], [0, 0]]


def test_the_common_subsequence_has_the_length_of_the_table() -> None:
    rng = random.Random(5)
    for _ in range(300):
        line, other = (rng.choices("abcd", k=rng.randint(0, 12)) for _ in "xy")
        table = np.zeros((len(line) + 1, len(other) + 1), int)
        for i, a in enumerate(line):
            for j, b in enumerate(other):
                longer = max(table[i, j + 1], table[i + 1, j])
                table[i + 1, j + 1] = table[i, j] + 1 if a == b else longer
        assert len(common_positions(line, other)) == table[-1, -1]


def test_squad_articles_are_words_of_their_own() -> None:
    assert squad_scores("The an-gle a, the_b", "angle the_b") == (1.0, 1.0)
    assert squad("The an-gle a, the_b") == "angle theb"
