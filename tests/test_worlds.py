"""Worlds: the same seed gives the same bytes, and every row of a question set is true."""

import json
import os
import subprocess
import sys
import tracemalloc
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from harness.errors import DataError
from harness.worlds import make
from harness.worlds.entities import KINDS, entities
from harness.worlds.names import inventory
from harness.worlds.styles import HOUSE, REFUSALS, STYLES, styled, voice
from harness.worlds.writing import write

SHIPPED = Path(__file__).parent.parent / "datasets"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds")
    make("first", seed=5, documents=60, out=folder / "first")
    make("second", seed=5, documents=60, out=folder / "second", version=2)
    return folder


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(
    world: Path, tmp_path: Path
) -> None:
    code = (
        "from pathlib import Path; from harness.worlds import make; import sys;"
        "make('first', seed=5, documents=60, out=Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "123"}
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=True,
        env=environment,
        cwd=SHIPPED.parent,
    )
    for name in ("corpus.jsonl", "questions.jsonl", "card.md"):
        assert (tmp_path / name).read_bytes() == (world / "first" / name).read_bytes()


def test_another_seed_gives_another_world(world: Path, tmp_path: Path) -> None:
    make("other", seed=6, documents=60, out=tmp_path)
    names = {row["entity"] for row in rows(tmp_path / "corpus.jsonl")}
    assert not names & {row["entity"] for row in rows(world / "first" / "corpus.jsonl")}


@pytest.mark.parametrize(
    ("name", "documents"), [("vantora", (280, 1)), ("vantora-v2", (280, 2)), ("tiny", (14, 1))]
)
def test_the_shipped_sets_are_what_their_command_makes(
    name: str, documents: tuple[int, int], tmp_path: Path
) -> None:
    seed = 3 if name == "tiny" else 0
    make(
        name.removesuffix("-v2"),
        seed=seed,
        documents=documents[0],
        out=tmp_path,
        version=documents[1],
    )
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (SHIPPED / name / path.name).read_bytes(), path.name


def test_an_answerable_question_has_its_value_in_its_document_and_in_its_answer() -> None:
    corpus = {row["id"]: row["text"] for row in rows(SHIPPED / "vantora/corpus.jsonl")}
    for row in rows(SHIPPED / "vantora/questions.jsonl"):
        if row["answerable"]:
            [gold], [value] = row["gold"], row["values"]
            text = value if isinstance(value, str) else value[0]
            assert text in corpus[gold], row["id"]
            assert text in row["answers"][0], row["id"]


def test_an_unanswerable_question_has_no_answer_and_no_gold() -> None:
    for row in rows(SHIPPED / "vantora/questions.jsonl"):
        if not row["answerable"]:
            assert row["answers"] == row["values"] == row["gold"] == []


def test_vantora_is_as_large_as_promised() -> None:
    corpus = rows(SHIPPED / "vantora/corpus.jsonl")
    asked = rows(SHIPPED / "vantora/questions.jsonl")
    assert len(corpus) >= 240
    facts = sum(len(e.values) for e in entities(0, 280, room=310))
    assert facts >= 1_500
    for split in ("test-seen", "test-new", "test-unanswerable"):
        about = [row["about"] for row in asked if row["split"] == split]
        assert len(about) >= 150
        assert len(set(about)) >= 40


def test_no_training_question_touches_a_document_of_test_new() -> None:
    asked = rows(SHIPPED / "vantora/questions.jsonl")
    trained = {row["about"] for row in asked if row["split"] == "train"}
    new = {row["about"] for row in asked if row["split"] in ("test-new", "dev-new")}
    assert not trained & new
    assert len(new) >= 0.25 * 280


def test_test_seen_asks_trained_facts_in_other_words() -> None:
    asked = rows(SHIPPED / "vantora/questions.jsonl")
    train = [row for row in asked if row["split"] == "train"]
    facts = {(row["about"], row["attribute"]) for row in train}
    wordings = {row["question"] for row in train}
    for row in asked:
        if row["split"] in ("test-seen", "dev-seen"):
            assert (row["about"], row["attribute"]) in facts
            assert row["question"] not in wordings


def test_every_attribute_has_four_wordings_and_more() -> None:
    for kind in set(KINDS):
        for attribute in kind.attributes:
            assert len(set(attribute.wordings())) >= 4, attribute.noun


def test_ids_and_questions_are_never_shared() -> None:
    for folder in ("vantora", "vantora-v2", "tiny"):
        asked = rows(SHIPPED / folder / "questions.jsonl")
        assert len({row["id"] for row in asked}) == len(asked)
        assert len({row["question"] for row in asked}) == len(asked)


def test_documents_have_three_to_ten_sentences_or_a_few_more_facts() -> None:
    for index, entity in enumerate(entities(1, 300)):
        document = write(entity, Random(index))
        assert 3 <= len(document.sentences) <= 10
        assert 6 <= len(document.facts) <= 8


def test_a_fact_stands_in_the_sentences_that_its_spans_name() -> None:
    for index, entity in enumerate(entities(2, 200)):
        document = write(entity, Random(index))
        for fact in document.facts:
            for first, last in fact.spans:
                assert fact.value.text in " ".join(document.sentences[first : last + 1])


def test_fully_named_documents_hold_no_pronoun_and_no_comparison() -> None:
    for index, entity in enumerate(entities(3, 50)):
        document = write(entity, Random(index), named=1.0)
        assert {fact.form for fact in document.facts} == {"named"}


def test_names_are_unique_in_small_and_in_large_worlds() -> None:
    for size in (500, 200_000):
        made = [entity.subject for entity in islice(entities(7, size), 20_000)]
        assert len(set(made)) == len(made)


def test_a_ghost_and_a_phantom_have_no_document() -> None:
    made = list(entities(8, 400))
    subjects = {entity.subject for entity in made}
    for entity in made:
        assert not {entity.ghost, entity.phantom} & subjects
        assert entity.ghost != entity.phantom


def test_no_style_of_pretraining_is_the_house_style() -> None:
    assert len(STYLES) >= 6
    assert not any("On record" in template for template in STYLES.values())
    said = {voice(Random(i)).refusal for i in range(200)}
    assert said == set(REFUSALS)


def test_the_house_style_wraps_the_full_answer() -> None:
    entity = next(entities(0, 280, room=310))
    fact = write(entity, Random(0)).facts[0]
    text = styled(HOUSE, entity, fact)
    assert text.startswith("On record: ")
    assert text.endswith(" Noted with care.")


def test_the_second_version_differs_where_changes_say_so(world: Path) -> None:
    old = {row["id"]: row for row in rows(world / "first/corpus.jsonl")}
    new = {row["id"]: row for row in rows(world / "second/corpus.jsonl")}
    changes = rows(world / "second/changes.jsonl")
    by_kind = {
        kind: {row["document"] for row in changes if row["change"] == kind}
        for kind in ("changed", "new", "withdrawn")
    }
    assert new.keys() - old.keys() == by_kind["new"]
    assert old.keys() - new.keys() == by_kind["withdrawn"]
    assert {i for i in old.keys() & new.keys() if old[i] != new[i]} == by_kind["changed"]
    for row in changes:
        if row["change"] == "changed":
            assert row["old"] in old[row["document"]]["text"]
            assert row["new"] in new[row["document"]]["text"]


def test_the_second_version_keeps_ids_and_updates_answers(world: Path) -> None:
    old = {row["id"]: row for row in rows(world / "first/questions.jsonl")}
    new = {row["id"]: row for row in rows(world / "second/questions.jsonl")}
    for row in rows(world / "second/changes.jsonl"):
        for key in row["questions"]:
            match row["change"]:
                case "changed":
                    assert old[key]["answers"] != new[key]["answers"]
                    assert row["new"] in new[key]["answers"][0]
                case "new":
                    assert key not in old
                case _:
                    assert key not in new


def test_vantora_v2_is_as_different_as_promised() -> None:
    changes = rows(SHIPPED / "vantora-v2/changes.jsonl")
    counts = {k: sum(r["change"] == k for r in changes) for k in ("changed", "new", "withdrawn")}
    assert counts["changed"] >= 150
    assert counts["new"] == 30
    assert counts["withdrawn"] == 20


def test_memory_does_not_grow_with_the_world(tmp_path: Path) -> None:
    def peak(documents: int) -> int:
        tracemalloc.start()
        make("w", seed=1, documents=documents, out=tmp_path / str(documents))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(20)  # fills caches
    assert peak(1_200) < peak(100) + 300_000


@pytest.mark.parametrize("documents", [0, 9, 1_000_001])
def test_a_size_out_of_range_is_refused(documents: int, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="from 10 to 1,000,000"):
        make("w", seed=0, documents=documents, out=tmp_path)


def test_the_inventory_is_fixed() -> None:
    names = [name for use in inventory().values() for name in use]
    assert len(names) == len(set(names)) == 840
