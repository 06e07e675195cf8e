"""What is refused before anything is trained, loaded or asked."""

import logging
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from harness import data
from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.errors import ConfigError, ModelError
from harness.progress import Silent
from harness.stages.fields import field_warnings
from harness.stages.job import Job
from harness.stages.preflight import preflight

HOSTED = "{type: openai, path: gpt-4o-mini, base_url: 'http://127.0.0.1:9/v1'}"
FILE = """
dataset: tiny
model: MODEL
retriever: {type: bm25}
arms: {reader: {context: {type: CONTEXT}}}
metrics: {primary: contains}
"""


def job(folder: Path, model: str, context: str) -> Job:
    path = folder / "checked.yaml"
    path.write_text(FILE.replace("MODEL", model).replace("CONTEXT", context))
    questions = data.load("tiny")
    return Job(
        load_benchmark(path), questions, questions.test, Artefacts(folder / "out"), Silent(), "cpu"
    )


def refusal(of: Job) -> str:
    """Return why a benchmark is refused; empty where it is not."""
    try:
        preflight(of)
    except ConfigError as error:
        return str(error)
    return ""


def test_the_whole_corpus_is_not_sent_to_a_server_whose_window_nobody_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        preflight(job(tmp_path, HOSTED, "whole"))
    line = "arms.reader.context: 'whole' reads until the window is full, and models.openai does"
    assert str(told.value).startswith(line)
    assert "window: 128000" in str(told.value)


@pytest.mark.parametrize(
    ("model", "context"),
    [
        (HOSTED.replace("}", ", window: 8000}"), "whole"),
        (HOSTED, "gold"),
    ],
)
def test_a_window_that_is_known_or_not_filled_is_fine(
    model: str, context: str, tmp_path: Path
) -> None:
    assert refusal(job(tmp_path, model, context)) == ""


class Nowhere:
    def request(self, **asked: object) -> None:
        raise httpx2.ConnectError("nobody is there")

    stream = request


def test_a_hub_that_cannot_be_reached_is_one_line_without_its_retries(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from harness.generation.load import load_tokenizer

    caplog.set_level("WARNING")
    monkeypatch.setattr("huggingface_hub.utils._http.get_session", lambda: Nowhere())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    hub = logging.getLogger("huggingface_hub")
    monkeypatch.setattr(hub, "propagate", True)
    with pytest.raises(ModelError, match="is the id right and the hub reachable"):
        load_tokenizer("nobody/nothing-of-that-name")
    assert caplog.text == ""


@pytest.mark.parametrize("key", ["metrics: {primary: contains, majority_by: %s}", "slices: [%s]"])
def test_a_misspelt_field_of_questions_is_refused_and_one_that_is_absent_is_told(
    key: str, tmp_path: Path
) -> None:
    of = job(tmp_path, "{type: transformers, path: pocket}", "retrieved")
    path = tmp_path / "fields.yaml"
    for name, refused in (("atribute", True), ("colour", False), ("attribute", False)):
        text = (tmp_path / "checked.yaml").read_text().replace("metrics: {primary: contains}\n", "")
        rest = "" if "primary" in key else "\nmetrics: {primary: contains}"
        path.write_text(text + key % name + rest + "\n")
        named = replace(of, benchmark=load_benchmark(path))
        if refused:
            with pytest.raises(ConfigError, match=r"field 'atribute'; did you mean 'attribute'"):
                preflight(named)
        else:
            preflight(named)
            assert len([*field_warnings(named)]) == (name == "colour")


def test_a_device_that_is_not_there_is_refused_where_a_model_runs_here(tmp_path: Path) -> None:
    of = job(tmp_path, "{type: transformers, path: pocket}", "retrieved")
    with pytest.raises(ModelError, match="device 'gpu' cannot be used here"):
        preflight(replace(of, device="gpu"))
    preflight(replace(job(tmp_path, HOSTED, "retrieved"), device="gpu"))
