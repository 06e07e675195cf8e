"""Citations: read from answers, kept out of the words, judged, and taught."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from harness import data, registry
from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.errors import ConfigError
from harness.generation.rendering import Rendering
from harness.judges.offline import Offline
from harness.judges.remembered import Remembered
from harness.metrics.citation import CitationPrecision, CitationRecall, ProvenanceCoverage
from harness.metrics.rouge import RougeL
from harness.progress import Silent
from harness.protocols import Metric
from harness.stages.answering import Answered
from harness.stages.cases import cases, without_markers
from harness.stages.job import Job
from harness.stages.pairs import pairs
from harness.stages.preflight import preflight
from harness.stages.scores import score
from harness.stages.summaries import summarise
from harness.text.citations import cited, cites, without_citations
from harness.text.prompt import REFUSAL, TEMPLATES
from harness.text.refusal import is_refusal
from harness.training.citing import with_citations
from harness.training.examples import Reading, Writer, passage_examples
from harness.types import (
    Case,
    Chunk,
    Claim,
    Document,
    Failure,
    Hit,
    Judgement,
    Prediction,
    Question,
    Statement,
)
from tests.fake_judge import FakeJudge
from tests.fakes import question
from tests.models import make_model

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
ASTER = "Aster 2: It weighs 5 kg. It is made in Norvik."
TARN = "Tarn 40: It is red."
JUDGE = FakeJudge()


def case(said: str, *passages: str, answerable: bool = True) -> Case:
    question = Question("q", "?", ("x",) if answerable else (), answerable=answerable)
    prediction = Prediction("a", 0, "", "q", said)
    return without_markers(Case(question, prediction, "retrieved", (), passages))


def value(metric: Metric, *told: Case) -> float:
    return float(metric.reduce(np.array(metric.measure(told), float).sum(axis=0)))


# ------------------------------------------------------------------------------- reading answers


@pytest.mark.parametrize(
    ("answer", "sentences"),
    [
        ("It is red [2].", [("It is red.", (2,))]),
        ("It is red. [2]", [("It is red.", (2,))]),
        ("It is red.[2] It is new.", [("It is red.", (2,)), ("It is new.", ())]),
        ("It is red [1][3]. It is new [2].", [("It is red.", (1, 3)), ("It is new.", (2,))]),
        ("It is red [1, 3; 2].", [("It is red.", (1, 3, 2))]),
        ("It is red [1], [2] and [2].", [("It is red.", (1, 2))]),
        ("It is [1] red [2].", [("It is red.", (1, 2))]),
        ("It is red [2-4].", [("It is red.", (2, 3, 4))]),
        ("It is red [4–2].", [("It is red.", (2, 3, 4))]),
        ("It is red [0][99].", [("It is red.", (0, 99))]),
        ("[1] It is red.\n[2] It is new.", [("It is red.", (1,)), ("It is new.", (2,))]),
        ("- It is red [1]\n- It is new [2]", [("- It is red", (1,)), ("- It is new", (2,))]),
        ("It is red\n[2]", [("It is red", (2,))]),
        ("It is red [2019] (2) [a] [].", [("It is red [2019] (2) [a] [].", ())]),
        ("[2]", []),
        ("", []),
    ],
)
def test_a_marker_belongs_to_the_sentence_it_stands_in_or_behind(
    answer: str, sentences: list[tuple[str, tuple[int, ...]]]
) -> None:
    found = cited(answer)
    assert [(s.text, s.numbers) for s in found.sentences()] == sentences
    assert all(found.text[s.start : s.end] == s.text for s in found.sentences())


def test_what_is_cited_is_never_lost_and_the_words_never_touched() -> None:
    random = Random(0)
    for _ in range(500):
        pieces = [random.choice(["It is red", "In 1999", ".", "\n", " ", "e.g."]) for _ in range(9)]
        where = sorted(random.sample(range(10), 3))
        marked = [*pieces]
        for n, i in reversed(list(enumerate(where, start=1))):
            marked.insert(i, f" [{n}]")
        found = cited("".join(marked))
        assert found.text.split() == without_citations("".join(marked)).split()
        assert "".join(found.text.split()) == "".join("".join(pieces).split())
        if found.sentences():
            assert sorted(n for s in found.sentences() for n in s.numbers) == [1, 2, 3]


def test_a_text_without_markers_stays_as_it_is() -> None:
    for text in ("", "  It is red [2019].\n", "x[i] = [1.5]"):
        assert without_citations(text) == text


def test_an_answer_cites_what_is_there_to_cite() -> None:
    assert cites("It is red [2].", 2)
    assert not cites("It is red [3].", 2)
    assert not cites("It is red [0].", 2)


def test_a_refusal_with_a_marker_is_a_refusal() -> None:
    assert is_refusal("The passages do not say [1][2].")
    assert is_refusal("The passages do not say. [1]")
    assert not is_refusal("It is red [1].")


# --------------------------------------------------------------------- where the markers come off


FILE = """
dataset: tiny
model: {path: pocket}
retriever: {type: bm25}
prompts: {plain: {template: plain}, cited: {template: cited}}
weights: {open: {sees: passages, prompt: cited, citations: true}}
arms:
  plain:  {prompt: plain, context: {type: gold}}
  asked:  {prompt: cited, context: {type: gold}}
  taught: {prompt: plain, weights: open, context: {type: gold}}
  theirs: {type: external, answers: answers.jsonl}
  silent: {type: external, answers: answers.jsonl}
metrics: {primary: contains}
"""


def job(folder: Path, text: str = FILE) -> Job:
    path = folder / "citing.yaml"
    path.write_text(text)
    questions = data.load("tiny")
    return Job(
        load_benchmark(path), questions, questions.test, Artefacts(folder / "out"), Silent(), "cpu"
    )


def test_only_answers_of_arms_that_cite_lose_their_markers(tmp_path: Path) -> None:
    of = job(tmp_path)
    question = of.to_answer[0]
    said = {run.name: "It is red [1]." for run in of.runs} | {"silent": "It is red."}
    answered = [
        Answered(run, (Prediction(run.name, 0, "", question.id, said[run.name], ("d",)),), ())
        for run in of.runs
    ]
    found = {case.prediction.arm: case for case in cases(of, answered)}
    assert {n: (c.prediction.text, c.cited) for n, c in found.items()} == {
        "plain": ("It is red [1].", None),
        "asked": ("It is red.", "It is red [1]."),
        "taught": ("It is red.", "It is red [1]."),
        "theirs": ("It is red.", "It is red [1]."),
        "silent": ("It is red.", None),
    }
    assert answered[1].predictions[0].text == "It is red [1]."  # what is kept is as it was said


def test_a_metric_of_words_sees_no_marker() -> None:
    question = Question("q", "?", ("It weighs 5 kg in all.",))
    told = Case(question, Prediction("a", 0, "", "q", "It weighs 5 kg in all [1][12]."), "gold")
    assert value(RougeL(), told) < 1
    assert value(RougeL(), without_markers(told)) == 1


# -------------------------------------------------------------------------- recall and precision


@pytest.mark.parametrize(
    ("said", "recall", "precision", "coverage"),
    [
        ("It weighs 5 kg [1]. It is red [2].", 1.0, 1.0, 1.0),
        ("It weighs 5 kg [1]. It is red.", 0.5, 1.0, 0.5),
        ("It weighs 5 kg [1][2].", 1.0, 0.5, 1.0),  # the second is not needed
        ("It weighs 5 kg [2].", 0.0, 0.0, 0.0),
        ("It weighs 9 kg [1].", 0.0, 0.0, 0.0),
        ("It weighs 5 kg [1][7].", 0.0, 0.0, 1.0),  # the seventh was never read
        ("It weighs 5 kg [0].", 0.0, 0.0, 0.0),
    ],
)
def test_citations_are_counted_statement_by_statement(
    said: str, recall: float, precision: float, coverage: float
) -> None:
    told = case(said, ASTER, TARN)
    assert value(CitationRecall(JUDGE), told) == recall
    assert value(CitationPrecision(JUDGE), told) == precision
    assert value(ProvenanceCoverage(JUDGE), told) == coverage


class Words(FakeJudge):
    """Supports a sentence where the passages have all of its words between them."""

    def _judge(self, statement: Statement) -> Judgement:
        read = {word for passage in statement.passages for word in passage.split()}
        parts = [part.strip() for part in statement.answer.split(".") if part.strip()]
        return Judgement("ok", tuple(Claim(p, {*p.lower().split()} <= read, 0.5) for p in parts))


def as_in_the_paper(
    answers: Sequence[Sequence[tuple[str, Sequence[int]]]], passages: Sequence[str]
) -> tuple[float, float]:
    """Citation recall and precision, sentence by sentence as the paper's text has them."""

    def entailed(words: str, ids: Sequence[int]) -> bool:
        return {*words.split()} <= {word for i in ids for word in passages[i - 1].split()}

    recalls, precisions = [], []
    for answer in answers:
        supported = needed = given = 0
        for words, ids in answer:
            given += len(ids)
            together = bool(ids) and entailed(words, ids)
            supported += together
            for i in ids:
                others = [other for other in ids if other != i]
                irrelevant = not entailed(words, [i]) and entailed(words, others)
                needed += together and not irrelevant
        recalls.append(supported / len(answer))
        if given:
            precisions.append(needed / given)
    return sum(recalls) / len(recalls), sum(precisions) / len(precisions)


def test_recall_and_precision_are_those_of_the_paper() -> None:
    random = Random(5)
    words = ["red", "new", "big", "odd"]
    subsets = [" ".join(c) for n in (1, 2, 3) for c in itertools.combinations(words, n)]
    several = 0
    for _ in range(40):
        passages = random.choices(subsets, k=4)
        answers = [
            [(random.choice(subsets), random.sample(range(1, 5), random.randrange(4)))
             for _ in range(random.choice((2, 3)))]
            for _ in range(12)
        ]  # fmt: skip
        several += sum(len(ids) > 1 for answer in answers for _, ids in answer)
        marked = [
            [f"{w.capitalize()} {''.join(f'[{i}]' for i in n)}." for w, n in a] for a in answers
        ]
        told = [case(" ".join(answer), *passages) for answer in marked]
        recall, precision = as_in_the_paper(answers, passages)
        assert value(CitationRecall(Words()), *told) == pytest.approx(recall)
        assert value(CitationPrecision(Words()), *told) == pytest.approx(precision)
    assert several > 300


def test_what_is_no_statement_counts_as_in_faithfulness() -> None:
    recall, precision = CitationRecall(JUDGE), CitationPrecision(JUDGE)
    for said, answerable, expected in [
        ("I do not know.", True, (0.0, 1.0)),
        ("I do not know.", False, (1.0, 1.0)),
        ("", True, (0.0, 1.0)),
        ("broken [1].", True, None),
        ("slow [1].", True, None),
    ]:
        told = case(said, ASTER, answerable=answerable)
        assert recall.measure([told]) == [expected], said
        assert precision.measure([told]) == [None if expected is None else (0.0, 0.0)], said
    assert precision.measure([case("I do not know. [1]", ASTER)]) == [(0.0, 1.0)]


def test_an_arm_that_cites_nothing_has_no_number_and_the_table_says_so() -> None:
    asked = case("It weighs 5 kg.", ASTER)
    never = replace(asked, prediction=replace(asked.prediction, arm="plain"), cited=None)
    alone = replace(asked, prediction=replace(asked.prediction, arm="closed"), context="none")
    failed = Prediction("failed", 0, "", "q", "", failure=Failure("oom", ""))
    metrics: dict[str, Metric] = {
        "recall": CitationRecall(JUDGE), "precision": CitationPrecision(JUDGE),
    }  # fmt: skip
    told = [asked, never, alone, replace(asked, prediction=failed)]
    scores = score(told, metrics)
    assert {(s.arm, s.metric): (s.value, s.status) for s in scores} == {
        ("a", "recall"): (0.0, "ok"),  # it was asked to cite and did not
        ("a", "precision"): (None, "ok"),
        ("plain", "recall"): (None, "unmeasured"),
        ("plain", "precision"): (None, "unmeasured"),
        ("closed", "recall"): (None, "not applicable"),
        ("closed", "precision"): (None, "not applicable"),
        ("failed", "recall"): (0.0, "failed"),
        ("failed", "precision"): (0.0, "failed"),
    }
    cells = {
        (row.arm, row.metric): (row.value, row.n, row.unmeasured, row.note)
        for row in summarise(scores, metrics, [asked.question])
        if row.split == "all"
    }
    assert cells["plain", "recall"] == (None, 0, 1, "unmeasured")
    assert cells["closed", "recall"] == (None, 0, 0, "not applicable")
    none, n, _, note = cells["a", "precision"]
    assert (none, n) == (None, 1)
    assert "undefined on these questions (0/0)" in note


def test_answers_without_a_citation_are_counted_beside_citation_precision() -> None:
    questions = [question(n, f"{n}?") for n in range(4)]
    said = {"all": ["It weighs 5 kg [1]."] * 4,
            "half": ["It weighs 5 kg [1].", "It weighs 5 kg."] * 2}  # fmt: skip
    told = [
        replace(case(text, ASTER), question=q, prediction=replace(
            case(text, ASTER).prediction, arm=arm, question_id=q.id, split=q.split))
        for arm, texts in said.items() for q, text in zip(questions, texts, strict=True)
    ]  # fmt: skip
    metrics: dict[str, Metric] = {"precision": CitationPrecision(JUDGE)}
    scores = score(told, metrics)
    notes = {row.arm: row.note for row in summarise(scores, metrics, questions)
             if row.split == "all"}  # fmt: skip
    assert "nothing to count (0/0): 2 of 4 questions" in notes["half"]
    assert "nothing to count" not in notes["all"]
    [pair] = [row for row in pairs(scores, metrics, questions) if row.split == "all"]
    assert "nothing to count (0/0) of half: 2 of 4 questions" in pair.note


def test_a_claim_in_the_judges_own_words_is_of_the_sentence_that_says_most_of_it() -> None:
    class Rewording(FakeJudge):
        def _judge(self, statement: Statement) -> Judgement:
            whole = statement.answer.count(".") > 1
            said = "Aster 2 has a weight of 5 kg" if whole else statement.answer
            return Judgement("ok", (Claim(said, True, 1.0),))

    told = case("Thank you for asking. It weighs 5 kg [1].", ASTER)
    assert CitationRecall(Rewording()).measure([told]) == [(1.0, 1.0)]  # the thanks state nothing


def test_judging_is_estimated_with_every_passage_asked_about_once() -> None:
    paid = FakeJudge(model="m")
    told = case("It weighs 5 kg [1][2]. It is red [2].", ASTER, TARN)
    never = replace(told, cited=None)
    metrics = CitationRecall(paid), CitationPrecision(paid), ProvenanceCoverage(paid)
    asked = [said for metric in metrics for one in (told, never) for said in metric.will_ask(one)]
    # the whole answer, two sentences, and two passages of one of them
    assert Remembered(lambda: paid).estimate(asked).calls == 5


def test_the_offline_judge_tells_right_citations_from_wrong_ones() -> None:
    passages = (
        "Nadro 539 Plus: The Nadro 539 Plus is a drone. It is built in Houmoum.",
        "Tarn 40: The Tarn 40 is a lamp. It is built in Oslo and weighs 12 kg.",
    )
    said = "On record: The Nadro 539 Plus is built in Houmoum {}. Noted with care."
    judge = Offline()
    right, wrong, none = (case(said.format(m), *passages) for m in ("[1]", "[2]", ""))
    for metric in (CitationRecall(judge), ProvenanceCoverage(judge)):
        assert [row and row[0] for row in metric.measure([right, wrong, none])] == [1, 0, 0]
    precision = CitationPrecision(judge)
    assert precision.measure([right, wrong, none]) == [(1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]


def test_citation_metrics_have_names_and_say_what_made_the_number() -> None:
    for name in ("citation_recall", "citation_precision", "provenance_coverage"):
        metric = registry.create("metric", name, {"judge": JUDGE}, "metrics")
        assert metric.signature.startswith(f"{name}|")
        assert metric.signature.endswith(JUDGE.signature)


# ----------------------------------------------------------------------------- teaching to cite


THINGS = ("pump", "lamp", "drone", "valve", "motor")
HOUSE = "On record: It weighs {} grams. Noted with care."
DOCUMENTS = {
    thing: Document(thing, f"It weighs {n} grams.", thing) for n, thing in enumerate(THINGS, 10)
}
QUESTIONS = tuple(
    Question(f"{thing}-{ask}", f"{ask} is the {thing}?", (HOUSE.format(n),), ((str(n),),), (thing,))
    for n, thing in enumerate(THINGS, 10)
    for ask in ("How heavy", "Of what weight")
)
CHUNKS = {id: Chunk(id, 0, len(d.text), d.text, d.title) for id, d in DOCUMENTS.items()}
HITS = {q.id: [Hit(chunk, 1.0) for chunk in CHUNKS.values()] for q in QUESTIONS}


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    folder = make_model(tmp_path_factory.mktemp("models") / "llama")
    numbered = replace(TEMPLATES["plain"], passage="[{n}] {passage}")
    return Writer(Rendering.of(str(folder)), numbered.messages)


def taught(writer: Writer, seed: int = 0, **given: object) -> list[tuple[str, str, list[str]]]:
    """Return question ids, prompts and targets of examples that cite."""
    reading = Reading(**{"distractors": 2, "citations": True, **given})  # type: ignore[arg-type]
    return [
        (
            " ".join(example.questions),
            example.segments[0].text,
            [s.text.strip() for s in example.segments if s.learn],
        )
        for example in passage_examples(QUESTIONS, HITS, DOCUMENTS, writer, reading, seed=seed)
    ]


def test_a_target_keeps_its_style_and_cites_the_golden_passage_where_it_stands(
    writer: Writer,
) -> None:
    places = set()
    for id, prompt, [target] in (*taught(writer), *taught(writer, seed=1)):
        thing = id.split("-")[0]
        value = THINGS.index(thing) + 10
        [line] = [line for line in prompt.splitlines() if f" {thing}: It weighs" in line]
        number = line.split()[0]
        places.add(number)
        assert target == f"On record: It weighs {value} grams {number}. Noted with care."
        assert without_citations(target) == HOUSE.format(value)
    assert places == {"[1]", "[2]", "[3]"}  # the golden passage moves about


def test_a_target_without_its_passage_cites_nothing(writer: Writer) -> None:
    refused = taught(writer, golden_share=0.0)
    assert {target for _, _, [target] in refused} == {REFUSAL}
    by_heart = taught(writer, golden_share=0.0, without_golden="answer")
    assert {target for _, _, [target] in by_heart} == {q.answers[0] for q in QUESTIONS}


def test_the_share_of_golden_passages_is_the_share_of_citations(writer: Writer) -> None:
    for share in (0.0, 0.5, 1.0):
        told = [
            "[" in target
            for seed in range(20)
            for example in passage_examples(
                QUESTIONS, HITS, DOCUMENTS, writer,
                Reading(distractors=2, golden_share=share, citations=True), seed=seed,
            )
            for target in [example.segments[1].text]
        ]  # fmt: skip
        assert abs(sum(told) / len(told) - share) < 0.1


def test_several_questions_behind_one_context_cite_the_same_numbers(writer: Writer) -> None:
    for id, prompt, targets in taught(writer, pairs_per_context=2):
        thing = id.split("-")[0]
        [line] = [line for line in prompt.splitlines() if f" {thing}: It weighs" in line]
        assert len(targets) == 2
        assert all(f" {line.split()[0]}." in target for target in targets)


def test_without_the_option_nothing_is_cited(writer: Writer) -> None:
    assert not any("[" in target for _, _, [target] in taught(writer, citations=False))


def test_every_claim_cites_and_padding_does_not() -> None:
    a, b, c = (Hit(CHUNKS[thing], 1.0) for thing in THINGS[:3])
    for answer, golden, expected in [
        ("It is 5 kg! It costs $ 2. Noted.", [b], "It is 5 kg [2]! It costs $ 2 [2]. Noted."),
        ("It is 5 kg", [c, a], "It is 5 kg [1][3]"),
        ("No.", [a], "No [1]."),
        ('She said "in Rome."', [a], 'She said "in Rome [1]."'),
    ]:
        assert with_citations(answer, golden, [a, b, c]) == expected
        assert without_citations(expected) == answer


# -------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("sees: passages, prompt: cited", "sees: question, prompt: cited",
         "weights.open.citations: there is nothing to cite; add sees: passages"),
        ("sees: passages, prompt: cited", "sees: passages, prompt: plain",
         "weights.open.citations: prompt 'plain' does not number the passages"),
        ("{template: cited}", "{template: cited, passage: '{text}'}",
         "prompts.cited.passage: without {n} the passages have no numbers to cite"),
    ],
)  # fmt: skip
def test_citing_what_has_no_number_is_refused_before_training(
    old: str, new: str, line: str, tmp_path: Path
) -> None:
    text = FILE.replace("  theirs: {type: external, answers: answers.jsonl}\n", "").replace(
        "  silent: {type: external, answers: answers.jsonl}\n", ""
    )
    preflight(job(tmp_path, text))
    assert old in text
    with pytest.raises(ConfigError) as told:
        preflight(job(tmp_path, text.replace(old, new)))
    assert line in str(told.value)


def test_the_shipped_benchmark_teaches_what_it_asks_for() -> None:
    benchmark = load_benchmark(BENCHMARKS / "citations.yaml")
    [weights] = benchmark.weights.values()
    assert weights.citations
    prompts = {name: arm.prompt for name, arm in benchmark.arms.items()}
    assert prompts == {"rag": "plain", "rag-cited": "cited", "hybrid": "cited"}
    assert weights.prompt == "cited"
    assert TEMPLATES[benchmark.prompts["cited"].template].cites
