"""`docs/data.md` does what it says."""

import json
import re
from pathlib import Path

from harness.data import DataOptions, changes, load
from harness.data.carving import DEV_SHARE, NEW_SHARE, UNANSWERABLE_TEST_SHARE
from harness.data.leaks import NEAR
from harness.data.options import FIELDS
from harness.data.splits import AUTO, OTHER_NAMES, SPLITS

PAGE = (Path(__file__).parents[1] / "docs" / "data.md").read_text("utf-8")
BLOCKS = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_example_folder_loads_with_the_splits_that_the_page_names(tmp_path: Path) -> None:
    for name, block in zip(("corpus", "questions", "changes"), BLOCKS, strict=True):
        (tmp_path / f"{name}.jsonl").write_text(block, "utf-8")
    made = load(tmp_path)
    assert {q.id: q.split for q in made.questions} == {
        "q1": "train", "q2": "test-seen", "q3": "test-new", "q4": "test-unanswerable",
    }  # fmt: skip
    assert made.questions[0].values == (("3 euros", "3 EUR"),)
    assert made.questions[2].values == (("nine",), ("noon",))
    assert [change.change for change in changes(tmp_path)] == ["changed", "new"]


def test_the_page_names_every_field_split_and_share() -> None:
    for word in (*FIELDS, *SPLITS, AUTO, *OTHER_NAMES):
        assert f"`{word}`" in PAGE, word
    for share in (NEW_SHARE, DEV_SHARE, UNANSWERABLE_TEST_SHARE, NEAR):
        assert f"{share:.0%}".replace("%", " %") in PAGE, share


def test_the_map_for_squad_of_the_hub_reads_a_row_as_the_hub_has_it(tmp_path: Path) -> None:
    rows = [
        {"id": key, "title": "T", "context": "It is 9.", "question": "How many?",
         "answers": {"text": texts, "answer_start": [6] * len(texts)}, "split": split}
        for key, texts, split in (("a", ["9"], "train"), ("b", [], "validation"))
    ]  # fmt: skip
    file = tmp_path / "squad.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = DataOptions(
        columns={"answers": "answers.text", "answerable": "answers.text"},
        splits={"train": "train", "validation": "test"},
    )
    assert [(q.answers, q.split) for q in load(file, options).questions] == [
        (("9",), "train"),
        ((), "test-unanswerable"),
    ]
