from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness import registry
from harness.errors import ConfigError, ModelError
from harness.protocols import Retriever
from harness.retrieval.bm25 import BM25
from harness.retrieval.dense import Dense
from harness.retrieval.expanding import Expanding
from harness.retrieval.fusion import Fusion
from harness.retrieval.hyde import HyDE
from harness.retrieval.multi_query import MultiQuery
from harness.timing import Stopwatch
from harness.types import Chunk, Failure, Usage
from tests.fakes import Scripted
from tests.retrievers import ranked
from tests.test_retrieval import Letters

TEXTS = {
    "oil": "The engine needs new oil every year.",
    "dog": "A dog barks at the postman.",
    "bank": "Interest on savings rose to three percent.",
}
CHUNKS = [Chunk(id, 0, len(text), text) for id, text in TEXTS.items()]
QUESTION = "What does the motor {n} {question} require?"


def made(folder: Path, expanding: Expanding) -> Expanding:
    expanding.index(CHUNKS, folder)
    return expanding


def test_hyde_ranks_by_the_cosine_with_the_mean_of_the_vectors(tmp_path: Path) -> None:
    passages = iter(["Fresh engine oil is needed.", "Savings and interest are needed."])
    model = Scripted(lambda prompt: next(passages))
    retriever = made(tmp_path, HyDE(Dense(Letters()), model, n=2))
    found = dict(ranked(retriever, QUESTION))
    embed = Letters().embed
    # the fake answers its batch backwards; the mean does not care
    texts = [QUESTION, "Fresh engine oil is needed.", "Savings and interest are needed."]
    expected = embed(list(TEXTS.values())) @ embed(texts).mean(axis=0)
    assert found == pytest.approx(dict(zip(TEXTS, expected.tolist(), strict=True)), abs=1e-5)
    assert all(QUESTION in prompt for prompt in model.asked)


def test_hyde_over_bm25_scores_all_words_together(tmp_path: Path) -> None:
    written = "The engine needs oil, says the postman."
    retriever = made(tmp_path, HyDE(BM25(), Scripted(lambda prompt: written)))
    together = BM25()
    (tmp_path / "bm25").mkdir()
    together.index(CHUNKS, tmp_path / "bm25")
    expected = {id: score / 2 for id, score in ranked(together, f"savings? {written}")}
    assert dict(ranked(retriever, "savings?")) == pytest.approx(expected)
    assert set(expected) == {"oil", "dog", "bank"}


def test_a_passage_beyond_the_depth_has_the_last_one_s_score(tmp_path: Path) -> None:
    retriever = made(tmp_path, HyDE(Dense(Letters()), Scripted(lambda p: "dog barks"), depth=1))
    [first] = ranked(retriever, "savings interest", k=1)
    one, two = (Letters().embed([text]) @ Letters().embed(list(TEXTS.values())).T
                for text in ("savings interest", "dog barks"))  # fmt: skip
    assert first[1] == pytest.approx((one.max() + two.max()) / 2, abs=1e-5)


def test_multi_query_fuses_the_rankings_of_all_wordings(tmp_path: Path) -> None:
    reply = "1. Which oil does it need?\n- barks?\n\n  2) barks?\nWhat about savings?\nbeyond n"
    retriever = made(tmp_path, MultiQuery(BM25(), Scripted(lambda prompt: reply), n=3))
    found = ranked(retriever, "engine")
    wordings = ["engine", "Which oil does it need?", "barks?", "What about savings?"]
    alone = BM25()
    (tmp_path / "bm25").mkdir()
    alone.index(CHUNKS, tmp_path / "bm25")
    expected: dict[str, float] = {}
    for wording in wordings:
        for rank, (id, _) in enumerate(ranked(alone, wording), start=1):
            expected[id] = expected.get(id, 0) + 1 / (60 + rank)
    assert dict(found) == pytest.approx(expected)
    assert [id for id, _ in found] == ["oil", "bank", "dog"]


@pytest.mark.parametrize("make", [HyDE, MultiQuery])
def test_what_a_model_repeats_or_leaves_empty_changes_nothing(
    tmp_path: Path, make: Callable[[Retriever, Scripted], Expanding]
) -> None:
    plain = Fusion([BM25()]) if make is MultiQuery else BM25()
    (tmp_path / "plain").mkdir()
    plain.index(CHUNKS, tmp_path / "plain")
    for reply in ("", " \n ", "engine oil"):
        retriever = made(tmp_path, make(BM25(), Scripted(lambda prompt, text=reply: text)))  # type: ignore[misc]
        assert ranked(retriever, "engine oil") == ranked(plain, "engine oil")


@pytest.mark.parametrize("make", [HyDE, MultiQuery])
def test_what_the_model_took_is_counted_and_its_time_booked(
    tmp_path: Path, make: Callable[[Retriever, Scripted], Expanding]
) -> None:
    model = Scripted(lambda prompt: "four words of passage", batch_size=2)
    retriever = made(tmp_path, make(BM25(), model))
    ticks = iter(range(100))
    watch = Stopwatch(clock=lambda: float(next(ticks)))
    retriever.retrieve_many(["engine?", "dog?", "savings?"], 2, watch)
    assert watch.seconds == {"expand": 1.0, "search": 2.0}
    read = sum(len(prompt.split()) for prompt in model.asked)
    assert retriever.usage == Usage(calls=3, tokens_in=read, tokens_out=12)
    assert retriever.failures == 0


def test_where_the_model_fails_for_good_the_question_is_searched_with_alone(tmp_path: Path) -> None:
    def reply(prompt: str) -> str | Failure:
        return Failure("refused", "content filter") if "dog" in prompt else "oil"

    retriever = made(tmp_path, HyDE(BM25(), Scripted(reply)))
    dog, engine = retriever.retrieve_many(["dog", "savings"], 3, Stopwatch())
    assert [h.chunk.document_id for h in dog] == ["dog"]
    assert {h.chunk.document_id for h in engine} == {"bank", "oil"}
    assert retriever.failures == 1


def test_what_may_pass_by_itself_stops_the_search(tmp_path: Path) -> None:
    busy = Scripted(lambda prompt: Failure("rate limit", "429", transient=True))
    retriever = made(tmp_path, MultiQuery(BM25(), busy))
    with pytest.raises(
        ModelError, match=r"'multi-query': .*'dog\?' \(rate limit: 429\); run again"
    ):
        ranked(retriever, "dog?")


def test_an_empty_question_is_not_asked_about_and_a_huge_one_is(tmp_path: Path) -> None:
    model = Scripted(lambda prompt: "engine oil")
    retriever = made(tmp_path, HyDE(BM25(), model))
    assert ranked(retriever, " ") == []
    assert model.asked == []
    assert ranked(retriever, "dog " * 250_000)[0][0] == "dog"
    assert len(model.asked) == 1


def test_braces_in_a_question_mean_nothing(tmp_path: Path) -> None:
    model = Scripted(lambda prompt: "oil")
    ranked(made(tmp_path, MultiQuery(BM25(), model, n=2)), QUESTION)
    assert f"Question: {QUESTION}\n" in model.asked[0]
    assert "in 2 other ways" in model.asked[0]


@pytest.mark.parametrize("name", ["hyde", "multi-query"])
def test_any_model_of_a_benchmark_can_expand(name: str) -> None:
    model = {"type": "openai", "path": "gpt", "base_url": "http://localhost:1/v1"}
    registry.check("retriever", name, {"of": "bm25", "model": model, "n": 2})
    with pytest.raises(ConfigError, match="model"):
        registry.check("retriever", name, {"of": "bm25"})
    make = HyDE if name == "hyde" else MultiQuery
    for option in ("n", "depth", "max_tokens"):
        with pytest.raises(ConfigError, match=f"{option}=0"):
            make(BM25(), Scripted(str), **{option: 0})


@pytest.mark.slow
def test_the_embedded_model_expands(tmp_path: Path) -> None:
    options = {"of": "bm25", "model": {"type": "transformers", "path": "pocket"}, "max_tokens": 16}
    retriever = registry.create("retriever", "hyde", options)
    retriever.index(CHUNKS, tmp_path)
    assert np.isfinite([score for _, score in ranked(retriever, "Which oil?")]).all()
    assert retriever.usage.calls == 1
    assert retriever.usage.tokens_out > 0
