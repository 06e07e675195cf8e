"""What `load` understands, what it refuses, and what `check` lists."""

import gzip
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from harness.data import DataOptions, changes, check, load
from harness.errors import DataError, UnknownName

CORPUS: Sequence[Mapping[str, object]] = (
    {"id": "d1", "title": "One", "text": "The fee is 3 euros.", "area": "fees", "year": 2024},
    {"id": "d2", "title": "Two", "text": "The limit is 9 days.", "tags": ["a", "b"]},
)
QUESTIONS: Sequence[Mapping[str, object]] = (
    {"id": "q1", "question": "What is the fee?", "answers": ["3 euros", "3 EUR"], "gold": ["d1"],
     "split": "train"},
    {"id": "q2", "question": "How high is the fee?", "answers": ["3 euros"], "gold": ["d1"],
     "split": "test", "kind": "fact", "nested": {"a": 1}, "none": None},
    {"id": "q3", "question": "What is the limit?", "answers": ["It is 9 days."],
     "short": "9 days", "gold": ["d2"], "split": "test"},
    {"id": "q4", "question": "Who pays?", "answers": [], "answerable": False, "split": "test"},
)  # fmt: skip


def folder(
    path: Path,
    corpus: Sequence[Mapping[str, object]] = CORPUS,
    questions: Sequence[Mapping[str, object]] = QUESTIONS,
    name: str = "questions.jsonl",
) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for file, rows in (("corpus.jsonl", corpus), (name, questions)):
        (path / file).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def changed(number: int, **fields: object) -> list[Mapping[str, object]]:
    return [{**row, **fields} if i == number else row for i, row in enumerate(QUESTIONS)]


def test_a_folder_becomes_documents_and_questions_in_file_order(tmp_path: Path) -> None:
    made = load(folder(tmp_path / "fees"))
    assert made.name == "fees"
    assert [d.id for d in made.corpus] == ["d1", "d2"]
    assert [q.id for q in made.questions] == ["q1", "q2", "q3", "q4"]
    assert made.questions[0].answers == ("3 euros", "3 EUR")
    assert made.questions[3].answers == ()


def test_fields_that_mean_nothing_to_us_are_kept_as_strings(tmp_path: Path) -> None:
    made = load(folder(tmp_path))
    assert made.corpus[0].meta == {"area": "fees", "year": "2024"}
    assert made.corpus[1].meta == {"tags": '["a", "b"]'}
    assert made.questions[1].meta == {"kind": "fact", "nested": '{"a": 1}'}


def test_values_fall_back_to_short_and_then_to_any_answer(tmp_path: Path) -> None:
    made = load(folder(tmp_path))
    assert made.questions[0].values == (("3 euros", "3 EUR"),)
    assert made.questions[2].values == (("9 days",),)
    assert made.questions[3].values == ()


def test_values_are_groups_of_aliases_all_of_which_are_needed(tmp_path: Path) -> None:
    made = load(folder(tmp_path, questions=changed(0, values=["3", ["euros", "EUR"]])))
    assert made.questions[0].values == (("3",), ("euros", "EUR"))


def test_the_questions_may_be_called_qa_and_files_may_be_gzipped(tmp_path: Path) -> None:
    plain = load(folder(tmp_path / "a", name="qa.jsonl"))
    for file in list((tmp_path / "a").iterdir()):
        zipped = tmp_path / "a" / f"{file.name}.gz"
        zipped.write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert load(tmp_path / "a") == plain


def test_ids_may_be_numbers_and_gold_and_answers_may_be_single_strings(tmp_path: Path) -> None:
    corpus = [{"id": 7, "text": "The fee is 3 euros."}]
    asked = [{"id": 1, "question": "What is the fee?", "answers": "3 euros", "gold": 7}]
    made = load(folder(tmp_path, corpus, asked))
    assert made.questions[0].id == "1"
    assert made.questions[0].answers == ("3 euros",)
    assert made.questions[0].gold == (made.corpus[0].id,) == ("7",)


def test_a_row_without_an_id_gets_one_from_its_content(tmp_path: Path) -> None:
    asked = [{k: v for k, v in row.items() if k != "id"} for row in QUESTIONS]
    first = load(folder(tmp_path / "a", questions=asked))
    second = load(folder(tmp_path / "b", questions=asked[::-1]))
    assert {q.id for q in first.questions} == {q.id for q in second.questions}


def test_the_digest_follows_content_and_order_and_not_the_place(tmp_path: Path) -> None:
    digest = load(folder(tmp_path / "a")).digest
    assert len(digest) == 12
    assert load(folder(tmp_path / "b")).digest == digest
    assert load(folder(tmp_path / "c", questions=QUESTIONS[::-1])).digest != digest
    assert load(folder(tmp_path / "d", questions=changed(0, answers=["4 euros"]))).digest != digest
    assert load(folder(tmp_path / "e", questions=changed(0, kind="x"))).digest != digest


@pytest.mark.parametrize(
    ("number", "fields", "problem"),
    [
        (1, {"answers": []}, "question 'q2' is answerable and has no answers"),
        (1, {"answers": ["  "]}, "question 'q2' is answerable and has no answers"),
        (1, {"question": " "}, "question 'q2' has an empty text"),
        (1, {"question": None}, "a row without 'question'"),
        (1, {"question": ["?"]}, "question is a list"),
        (1, {"answers": [{"a": 1}]}, "a table in it"),
        (1, {"id": "q1"}, "id 'q1' stands at"),
        (1, {"gold": ["d9"]}, "gold document 'd9', which is not in the corpus"),
        (1, {"answerable": "maybe"}, "question 'q2' has answerable 'maybe'"),
        (1, {"split": "tset"}, "unknown split 'tset'; did you mean 'test'?"),
        (1, {"split": None}, "question 'q2' has no split, others have"),
        (1, {"split": "test-new"}, "'d1', which the training question 'q1' touches"),
        (1, {"split": "test-unanswerable", "answerable": "yes"}, ""),
    ],
)
def test_a_fault_is_one_line_with_file_and_line(
    tmp_path: Path, number: int, fields: Mapping[str, object], problem: str
) -> None:
    bad = folder(tmp_path, questions=changed(number, **fields))
    if fields.get("split") == "test-unanswerable":
        problem = "test-unanswerable question 'q2' is answerable"
    with pytest.raises(DataError) as caught:
        load(bad)
    message = str(caught.value)
    assert message.startswith(f"{bad / 'questions.jsonl'}:{number + 1}: ")
    assert problem in message
    assert "; " in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"id": "q1", \n', ":1: broken JSON ("),
        (b"\n[1, 2]\n", ":2: a JSON list where a row {...} belongs"),
        (b'{"id": "x"}\n\n{"id": "\xff"}\n', ":3: not UTF-8 (byte 0xff)"),
        (b'{"id": "\\ud83d"}\n', ":1: half of a surrogate pair"),
        (b"", ": there are no questions"),
        (b"[" * 100_000, ":1: JSON nested too deeply"),
        (b'{"id": ' + b"9" * 5000 + b"}", ":1: Exceeds the limit"),
    ],
)
def test_a_damaged_file_is_named_with_the_line(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    file = folder(tmp_path) / "questions.jsonl"
    file.write_bytes(content)
    faults = [str(fault) for fault in check(tmp_path).faults]
    assert any(fault.startswith(f"{file}{problem}") for fault in faults), faults
    with pytest.raises(DataError):
        load(tmp_path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = folder(tmp_path) / "questions.jsonl"
    plain = load(tmp_path)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load(tmp_path) == plain


def test_a_torn_gzip_file_is_named(tmp_path: Path) -> None:
    file = folder(tmp_path) / "questions.jsonl"
    (tmp_path / "questions.jsonl.gz").write_bytes(gzip.compress(file.read_bytes())[:-9])
    file.unlink()
    with pytest.raises(DataError, match=r"questions.jsonl.gz:\d+: broken gzip file"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["corpus.jsonl", "questions.jsonl"])
def test_a_missing_file_is_named_with_what_may_stand_there(tmp_path: Path, name: str) -> None:
    (folder(tmp_path) / name).unlink()
    with pytest.raises(DataError, match=f"{name}: no such file; add one of .*parquet"):
        load(tmp_path)


def test_an_empty_corpus_and_two_files_of_questions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"corpus.jsonl: the corpus is empty"):
        load(folder(tmp_path / "a", corpus=[]))
    both = folder(tmp_path / "b")
    folder(both, name="qa.jsonl")
    with pytest.raises(DataError, match=r"both questions.jsonl and qa.jsonl; keep one"):
        load(both)


def test_check_lists_every_fault_where_load_stops_at_the_first(tmp_path: Path) -> None:
    bad = folder(tmp_path, questions=[*changed(1, answers=[]), {"id": "q1", "question": "?"}])
    with (bad / "questions.jsonl").open("a") as file:
        file.write("{\n")
    report = check(bad)
    assert [(f.place.line, f.problem[:20]) for f in report.faults] == [
        (6, "broken JSON (Expecti"),
        (2, "question 'q2' is ans"),
        (5, "question 'q1' is ans"),
    ]
    assert report.questions == 3


def test_check_counts_questions_documents_and_gold_per_split(tmp_path: Path) -> None:
    report = check(folder(tmp_path))
    assert report.faults == ()
    rows = {row.split: (row.questions, row.documents, row.gold_share) for row in report.splits}
    assert rows == {
        "train": (1, 1, 1.0),
        "dev-seen": (0, 0, None),
        "dev-new": (0, 0, None),
        "test-seen": (1, 1, 1.0),
        "test-new": (1, 1, 1.0),
        "test-unanswerable": (1, 0, 0.0),
    }
    assert any("no question is in dev-new" in str(warning) for warning in report.warnings)


def test_an_empty_document_is_a_warning_and_a_missing_text_a_fault(tmp_path: Path) -> None:
    report = check(folder(tmp_path / "a", [*CORPUS, {"id": "d3", "text": ""}]))
    assert any("document 'd3' has an empty text" in str(w) for w in report.warnings)
    assert report.faults == ()
    with pytest.raises(DataError, match=r"corpus.jsonl:3: a document without 'text'"):
        load(folder(tmp_path / "b", [*CORPUS, {"id": "d3", "body": "x"}]))


def test_columns_and_splits_are_mapped_and_other_splits_left_out(tmp_path: Path) -> None:
    asked = [
        {"key": "q1", "ask": "What is the fee?", "a": {"full": ["3 euros"]}, "gold": "d1",
         "kind": "Normal"},
        {"key": "q2", "ask": "How high is the fee?", "a": {"full": ["3 euros"]}, "gold": "d1",
         "kind": "Other words"},
        {"key": "q3", "ask": "Fee?", "a": {"full": ["3 euros"]}, "gold": "d1", "kind": "Draft"},
    ]  # fmt: skip
    options = DataOptions(
        columns={"id": "key", "question": "ask", "answers": "a.full", "split": "kind"},
        splits={"Normal": "train", "Other words": "test-seen"},
    )
    path = folder(tmp_path, questions=asked)
    made = load(path, options)
    assert [(q.id, q.split) for q in made.questions] == [("q1", "train"), ("q2", "test-seen")]
    assert made.questions[0].meta == {"kind": "Normal"}
    assert check(path, options).left_out == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (DataOptions(columns={"splt": "kind"}), "no field is called 'splt'; did you mean 'split'?"),
        (
            DataOptions(columns={"split": "kin"}),
            "the column 'kin' .for split.; did you mean 'kind'",
        ),
        (DataOptions(columns={"text": "body"}), "corpus.jsonl: columns: no row has .*'body'"),
        (DataOptions(splits={"trian": "train"}), "no question has 'trian' .* mean 'train'"),
        (DataOptions(splits={"train": "trin"}), "mapped to the unknown 'trin'; did you mean"),
    ],
)
def test_a_wrong_map_is_refused_with_a_guess(
    tmp_path: Path, options: DataOptions, problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        load(folder(tmp_path), options)


def test_a_shipped_name_is_found_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tmp_path / "datasets" / "fees")
    monkeypatch.chdir(tmp_path)
    assert load("fees").name == "fees"
    with pytest.raises(UnknownName, match=r"called 'feez'; did you mean 'fees'\?"):
        load("feez")
    with pytest.raises(UnknownName, match=r"known: .*fees"):
        load("something else")


def test_a_path_that_does_not_exist_and_a_folder_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        load(tmp_path / "absent")
    with pytest.raises(DataError, match=r"no question set; add corpus.jsonl and questions.jsonl"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["tiny", "vantora", "vantora-v2"])
def test_the_shipped_sets_have_every_split_and_no_fault(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = check(name)
    assert (report.faults, report.warnings) == ((), ())


def test_changes_are_read_and_an_absent_file_means_none(tmp_path: Path) -> None:
    path = folder(tmp_path)
    assert changes(path) == ()
    row = {"document": "d1", "change": "changed", "questions": ["q1"], "old": "3", "new": "4"}
    new: Mapping[str, object] = {
        "document": "d3",
        "change": "new",
        "questions": [],
        "old": None,
        "new": "x",
        "by": "me",
    }
    (path / "changes.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(new) + "\n")
    first, second = changes(path)
    assert (first.document, first.change, first.questions) == ("d1", "changed", ("q1",))
    assert (second.old, second.new, second.meta) == ("", "x", {"by": "me"})
    (path / "changes.jsonl").write_text(json.dumps({**row, "change": "change"}))
    with pytest.raises(DataError, match=r"changes.jsonl:1: no change is called 'change'; did you"):
        changes(path)


REAL = Path(os.environ.get("HARNESS_REALDATA", Path(__file__).parents[2] / "shared" / "data"))
EMANUAL = DataOptions(
    columns={"split": "kind"},
    splits={
        "Normal Q&A": "train",
        "Paraphrased Q&A": "test-seen",
        "Compound Q&A": "test-seen",
    },
)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "options", "documents", "questions"),
    [
        ("emanual", EMANUAL, 712, 651),
        ("emanual", DataOptions(), 712, 724),
        ("pubmedqa", DataOptions(), 3358, 1000),
        ("clapnq", DataOptions(), 597, 600),
        ("squad2_dev_split", DataOptions(), 646, 6078),
        ("popqa1k", DataOptions(), 11194, 1000),
        ("multihoprag1k", DataOptions(), 2371, 1000),
        ("nq_open_oracle", DataOptions(), 7347, 2655),
        ("anthropic_docs_qa", DataOptions(), 232, 100),
    ],
)
def test_sets_that_others_made_load_as_they_are(
    name: str, options: DataOptions, documents: int, questions: int
) -> None:
    if not (REAL / name).is_dir():
        pytest.skip(f"{REAL / name} is not there")
    made = load(REAL / name, options)
    assert len(made.corpus) == documents
    assert len(made.questions) == questions
    train = {key for q in made.split("train") for key in q.gold}
    assert made.split("train")
    assert all(train.isdisjoint(q.gold) for q in made.split("test-new", "dev-new"))
    assert all(not train.isdisjoint(q.gold) for q in made.split("test-seen") if options != EMANUAL)


def test_where_answers_are_not_needed_a_question_without_them_is_whole(tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k != "answers"} for row in QUESTIONS]
    with pytest.raises(DataError, match="'q1' is answerable and has no answers"):
        load(folder(tmp_path, questions=rows))
    made = load(tmp_path, DataOptions(answers_needed=False)).questions
    assert [(q.id, q.answers, q.values, q.split) for q in made] == [
        ("q1", (), (), "train"),
        ("q2", (), (), "test-seen"),
        ("q3", (), (("9 days",),), "test-new"),
        ("q4", (), (), "test-unanswerable"),
    ]


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ("foo", "question 'q2': its 'spans' cannot be read"),
        ({"document": "d1", "start": 0, "end": 3}, "question 'q2': its 'spans' cannot be read"),
        (
            [{"document": "d9", "start": 0, "end": 3}],
            "question 'q2': its 'spans' name a document 'd9' that the corpus does not have",
        ),
        (
            [{"document": "d1", "start": 5, "end": 500}],
            "question 'q2': 'spans' from 5 to 500 are no stretch of 'd1', which has 19 characters",
        ),
    ],
)
def test_spans_that_are_none_are_faults_with_their_line(
    tmp_path: Path, spans: object, message: str
) -> None:
    path = folder(tmp_path, questions=changed(1, spans=spans)) / "questions.jsonl"
    [fault] = check(tmp_path).faults
    assert str(fault).startswith(f"{path}:2: {message}; write [")
    with pytest.raises(DataError, match=re.escape(f"{path}:2: {message}")):
        load(tmp_path)


def test_spans_that_are_stretches_of_the_corpus_are_kept(tmp_path: Path) -> None:
    spans = [{"document": "d1", "start": 11, "end": 18}]
    made = load(folder(tmp_path, questions=changed(1, spans=spans)))
    assert json.loads(made.questions[1].meta["spans"]) == spans
    assert load(folder(tmp_path, questions=changed(1, spans=[]))).questions[1].meta["spans"] == "[]"
