"""Question sets in the forms that others publish them in."""

import csv
import json
from pathlib import Path

import pytest

from harness.data import DataOptions, check, load
from harness.errors import DataError

TEXTS = ("The fee is 3 euros.", "The limit is 9 days.", "The desk closes at noon.")


def beir(path: Path, **more: object) -> Path:
    (path / "qrels").mkdir(parents=True)
    corpus = [{"_id": f"d{i}", "title": "", "text": text} for i, text in enumerate(TEXTS)]
    queries = [{"_id": f"q{i}", "text": f"question {i}?", **more} for i in range(4)]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    head = "query-id\tcorpus-id\tscore\n"
    (path / "qrels" / "train.tsv").write_text(head + "q0\td0\t1\nq0\td1\t0\n")
    (path / "qrels" / "test.tsv").write_text(head + "q1\td0\t2\nq2\td2\t1\n")
    return path


def test_one_column_may_be_both_the_answer_and_the_document(tmp_path: Path) -> None:
    path = tmp_path / "frequent.csv"
    path.write_text(f"question,answer\nWhat is the fee?,{TEXTS[0]}\nWhen is noon?,{TEXTS[2]}\n")
    made = load(path, DataOptions(columns={"context": "answer", "answers": "answer"}))
    assert [d.text for d in made.corpus] == [TEXTS[0], TEXTS[2]]
    assert [q.answers for q in made.questions] == [(TEXTS[0],), (TEXTS[2],)]
    assert [q.gold for q in made.questions] == [(d.id,) for d in made.corpus]


def test_a_beir_folder_is_read_with_answers_from_a_column(tmp_path: Path) -> None:
    made = load(beir(tmp_path, reply=["yes"]), DataOptions(columns={"answers": "reply"}))
    assert [(q.id, q.gold, q.split) for q in made.questions] == [
        ("q0", ("d0",), "train"),
        ("q1", ("d0",), "test-seen"),
        ("q2", ("d2",), "test-new"),
    ]
    assert made.questions[0].text == "question 0?"
    assert made.questions[0].answers == ("yes",)
    assert made.corpus[2].text == TEXTS[2]


def test_a_beir_folder_is_read_with_answers_from_a_file(tmp_path: Path) -> None:
    rows = [{"_id": f"q{i}", "answers": [f"answer {i}"]} for i in range(3)]
    (beir(tmp_path) / "answers.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert [q.answers for q in load(tmp_path).questions] == [
        ("answer 0",), ("answer 1",), ("answer 2",),
    ]  # fmt: skip


def test_a_beir_folder_without_answers_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"which documents are relevant.*add answers.jsonl"):
        load(beir(tmp_path))


def test_a_damaged_judgement_is_named_with_its_line(tmp_path: Path) -> None:
    file = beir(tmp_path, answers=["yes"]) / "qrels" / "test.tsv"
    file.write_text(file.read_text() + "q3 d1 1\nq0\td1\t1\n")
    train = file.with_name("train.tsv")
    assert [str(fault) for fault in check(tmp_path).faults] == [
        f"{file}:4: not query-id, corpus-id and score between tabs; mend or drop the line",
        f"{train}:2: query 'q0' is in test.tsv too; keep a query in one split",
        f"{train}:3: query 'q0' is in test.tsv too; keep a query in one split",
    ]


def squad(**asked: object) -> str:
    first = {
        "id": "s1",
        "question": "What is the fee?",
        "answers": [
            {"text": "3 euros", "answer_start": 11},
            {"text": "3 euros", "answer_start": 11},
        ],
    }
    second = {
        "id": "s2",
        "question": "Who pays?",
        "answers": [],
        "is_impossible": True,
        "plausible_answers": [{"text": "the fee", "answer_start": 0}],
        **asked,
    }
    paragraphs = [
        {"context": TEXTS[0], "qas": [first, second]},
        {"context": TEXTS[1], "qas": [{**first, "id": "s3"}]},
    ]
    return json.dumps({"version": "v2.0", "data": [{"title": "Desk", "paragraphs": paragraphs}]})


def test_squad_json_is_read_paragraph_by_paragraph(tmp_path: Path) -> None:
    file = tmp_path / "dev-v2.0.json"
    file.write_text(squad())
    made = load(file)
    assert made.name == "dev-v2"
    assert [(d.id, d.title, d.text) for d in made.corpus] == [
        ("Desk#0", "Desk", TEXTS[0]),
        ("Desk#1", "Desk", TEXTS[1]),
    ]
    first, second, third = made.questions
    assert (first.answers, first.gold, first.answerable) == (("3 euros",), ("Desk#0",), True)
    assert (second.answers, second.values, second.answerable) == ((), (), False)
    assert third.gold == ("Desk#1",)


def test_the_files_of_a_squad_folder_are_its_splits(tmp_path: Path) -> None:
    (tmp_path / "train-v2.0.json").write_text(squad())
    (tmp_path / "dev-v2.0.json").write_text(squad().replace('"s', '"t').replace("Desk", "Gate"))
    made = load(tmp_path, DataOptions(splits={"train": "train", "dev": "test"}))
    assert [(q.id, q.split) for q in made.questions if q.id.startswith("t")] == [
        ("t1", "test-new"), ("t2", "test-unanswerable"), ("t3", "test-new"),
    ]  # fmt: skip


def test_a_fault_in_squad_json_names_the_place_within(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(squad(is_impossible=False))
    with pytest.raises(DataError, match=r"paragraphs\[0\].qas\[1\]: question 's2' is answerable"):
        load(tmp_path)
    (tmp_path / "x.json").write_text('{"rows": []}')
    with pytest.raises(DataError, match="not in the form of SQuAD"):
        load(tmp_path)
    (tmp_path / "x.json").write_text('{"data": [\n,]}')
    with pytest.raises(DataError, match=r"x.json:2: broken JSON"):
        load(tmp_path)


def write_csv(path: Path, *rows: tuple[str, ...]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def test_one_csv_file_brings_its_passages_along(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "desk.csv",
        ("no", "q", "a", "passage", "part"),
        ("1", "What is the fee?", '["3 euros", "3 EUR"]', TEXTS[0], "train"),
        ("2", "How high, in\nwords, is it?", "three, it says", TEXTS[0], "test"),
        ("3", "When is it open?", "till noon", TEXTS[2], "test"),
    )
    names = {"id": "no", "question": "q", "answers": "a", "context": "passage", "split": "part"}
    made = load(tmp_path / "desk.csv", DataOptions(columns=names))
    assert made.name == "desk"
    assert [d.text for d in made.corpus] == [TEXTS[0], TEXTS[2]]
    assert [q.answers for q in made.questions] == [
        ("3 euros", "3 EUR"), ("three, it says",), ("till noon",),
    ]  # fmt: skip
    assert made.questions[1].gold == (made.corpus[0].id,)
    assert [q.split for q in made.questions] == ["train", "test-seen", "test-new"]


def test_csv_faults_carry_the_line_on_which_the_row_begins(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "x.csv",
        ("question", "answers", "context"),
        ("one\nor two?", "one", TEXTS[0]),
        ("three?", "", TEXTS[0]),
        ("four?", "4"),
    )
    faults = [str(fault) for fault in check(tmp_path / "x.csv").faults]
    assert faults[0].startswith(f"{tmp_path / 'x.csv'}:5: 2 cells where the header has 3")
    assert ":4: question" in faults[1]
    assert "no answers" in faults[1]


def test_a_table_without_passages_is_told_how_to_name_them(tmp_path: Path) -> None:
    write_csv(tmp_path / "x.csv", ("question", "answers"), ("one?", "1"))
    with pytest.raises(DataError, match=r"no corpus.*columns: \{context: ...\}"):
        load(tmp_path / "x.csv")


def test_corpus_and_questions_may_be_csv_and_parquet(tmp_path: Path) -> None:
    from datasets import Dataset

    write_csv(tmp_path / "corpus.csv", ("ref", "body"), ("d0", TEXTS[0]), ("d1", TEXTS[1]))
    Dataset.from_dict(
        {
            "id": [1, 2],
            "question": ["What is the fee?", "Who pays?"],
            "answers": [["3 euros"], []],
            "gold": [["d0"], ["d1"]],
            "answerable": [True, False],
            "note": ["x", None],
        }
    ).to_parquet(str(tmp_path / "questions.parquet"))
    made = load(tmp_path, DataOptions(columns={"document_id": "ref", "text": "body"}))
    assert [d.id for d in made.corpus] == ["d0", "d1"]
    assert [(q.id, q.answers, q.gold) for q in made.questions] == [
        ("1", ("3 euros",), ("d0",)),
        ("2", (), ("d1",)),
    ]
    assert [dict(q.meta) for q in made.questions] == [{"note": "x"}, {}]


def test_a_damaged_parquet_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match=r"x.parquet:1: broken Parquet"):
        load(tmp_path / "x.parquet")


SAVED = {
    "id": ["a", "b"],
    "title": ["Desk", "Desk"],
    "context": [TEXTS[0], TEXTS[1]],
    "question": ["What is the fee?", "Who pays?"],
    "answers": [{"text": ["3 euros"], "answer_start": [11]}, {"text": [], "answer_start": []}],
}


def test_a_data_set_of_the_hub_is_read_by_name_with_a_column_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets import Dataset, DatasetDict

    parts = {"train": Dataset.from_dict(SAVED).select([0]), "validation": Dataset.from_dict(SAVED)}
    parts["validation"] = parts["validation"].map(lambda row: {"id": row["id"] + "2"})
    DatasetDict(parts).save_to_disk(str(tmp_path / "desk"))
    options = DataOptions(
        columns={"answers": "answers.text", "answerable": "answers.text"},
        splits={"train": "train", "validation": "test"},
    )
    made = load(f"hf:{tmp_path / 'desk'}", options)
    assert [(q.id, q.split) for q in made.questions] == [
        ("a", "train"), ("a2", "test-seen"), ("b2", "test-unanswerable"),
    ]  # fmt: skip
    assert [(d.title, d.text) for d in made.corpus] == [("Desk", t) for t in TEXTS[:2]]
    assert load(tmp_path / "desk", options).digest == made.digest

    from datasets import load_from_disk

    asked: list[tuple[str, str | None]] = []

    def from_hub(name: str, config: str | None) -> object:
        asked.append((name, config))
        return load_from_disk(str(tmp_path / "desk"))

    monkeypatch.setattr("datasets.load_dataset", from_hub)
    assert load("hf:someone/desk:small", options).digest == made.digest
    assert asked == [("someone/desk", "small")]


def test_a_hub_split_called_corpus_is_the_corpus(tmp_path: Path) -> None:
    from datasets import Dataset, DatasetDict

    corpus = Dataset.from_dict({"id": ["d0"], "text": [TEXTS[0]]})
    asked = Dataset.from_dict(
        {"id": ["a"], "question": ["Fee?"], "answers": [["3 euros"]], "gold": [["d0"]]}
    )
    DatasetDict({"corpus": corpus, "test": asked}).save_to_disk(str(tmp_path / "desk"))
    made = load(tmp_path / "desk")
    assert made.questions[0].gold == ("d0",)
    assert made.questions[0].split == "test-new"


def test_an_unreachable_hub_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, config: str | None) -> object:
        raise ConnectionError("Couldn't reach the Hub\nmore")

    monkeypatch.setattr("datasets.load_dataset", fail)
    with pytest.raises(DataError, match=r"^hf:nobody/x: Couldn't reach the Hub; check") as caught:
        load("hf:nobody/x")
    assert "\n" not in str(caught.value)
