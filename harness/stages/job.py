"""One benchmark on one question set: what every stage needs to know, worked out once."""

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from math import ceil

from harness.agreement.evaluation import judge_of
from harness.artefacts import Artefacts
from harness.config.records import Arm, Benchmark
from harness.data import sample
from harness.files import digest
from harness.judges.remembered import Remembered
from harness.progress import Progress
from harness.stages.contexts import Retrieval, contexts_of
from harness.stages.models import Models, device_type
from harness.text.prompt import Prompt, prompt
from harness.types import Document, Hit, Question, QuestionSet
from harness.worlds.distractors import distractors


@dataclass(frozen=True, slots=True)
class ArmRun:
    """An arm with a seed: one column of answers."""

    name: str
    seed: int
    arm: Arm


@dataclass(frozen=True, eq=False)
class Job:
    """A benchmark, its questions and the folder of artefacts; it knows no other path."""

    benchmark: Benchmark
    questions: QuestionSet
    asked: tuple[Question, ...]
    """The test questions to ask: all, or the sample that a limit leaves."""
    artefacts: Artefacts
    progress: Progress
    device: str = "auto"
    threads: int | None = None
    retry_failures: bool = False

    @cached_property
    def models(self) -> Models:
        """The models of the benchmark."""
        return Models(dict(self.benchmark.models), self.device)

    @cached_property
    def retrievals(self) -> dict[str, Retrieval]:
        """The retrievers of the benchmark by label; nothing is built before it is needed."""
        return {
            label: Retrieval(
                label,
                config,
                {document.id: document for document in self._grown(config.growth)},
                digest(self._grown(config.growth)),
                self.artefacts,
                self.progress,
                lambda: self.machines,
                self.questions.questions,
            )
            for label, config in self.benchmark.retrievers.items()
        }

    @cached_property
    def judge(self) -> Remembered:
        """The judge of the benchmark: one for all metrics, so that they share what it says."""
        return judge_of(self.benchmark.judge)

    @cached_property
    def device_type(self) -> str:
        """What kind of device the models run on: part of every key."""
        return device_type(self.device)

    @cached_property
    def machines(self) -> float:
        """How many priced machines are busy while we work: one GPU, or the cores we may use."""
        if self.device_type != "cpu":
            return 1.0
        import torch

        return float(self.threads or torch.get_num_threads())

    @cached_property
    def corpus_digest(self) -> str:
        """What the corpus is."""
        return digest(self.questions.corpus)

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The corpus by id, with every distractor that a retriever may find."""
        most = max((r.growth for r in self.benchmark.retrievers.values()), default=1)
        return {document.id: document for document in self._grown(most)}

    @cache  # noqa: B019 - a job lives as long as its run
    def _grown(self, growth: int) -> tuple[Document, ...]:
        """Return the corpus, filled up with distractors to so many times its size."""
        corpus = self.questions.corpus
        return (*corpus, *islice(distractors(self.questions), (growth - 1) * len(corpus)))

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """The training seeds."""
        return self.benchmark.training.seeds

    @cached_property
    def runs(self) -> tuple[ArmRun, ...]:
        """Every arm with every seed that makes a difference to it, in the order of the file."""
        runs = []
        for name, arm in self.benchmark.arms.items():
            varies = arm.type == "model" and (
                arm.weights != "base" or self.benchmark.decoding[arm.decoding].temperature > 0
            )
            runs += [ArmRun(name, s, arm) for s in (self.seeds if varies else self.seeds[:1])]
        return tuple(runs)

    @cached_property
    def askable(self) -> tuple[Question, ...]:
        """Every question that an arm may be asked: the test, and the splits of `also_ask`."""
        return (*self.questions.test, *self.questions.split(*self.benchmark.also_ask))

    @cached_property
    def to_answer(self) -> tuple[Question, ...]:
        """The questions to ask: `asked`, and as large a part of the splits of `also_ask`."""
        beside = self.questions.split(*self.benchmark.also_ask)
        if beside and len(self.asked) < len(self.questions.test):
            share = len(self.asked) / len(self.questions.test)
            beside = sample(beside, ceil(share * len(beside)), seed=0)
        return (*self.asked, *beside)

    @cache  # noqa: B019 - a job lives as long as its run
    def rankings(self, retriever: str) -> tuple[dict[str, tuple[Hit, ...]], float]:
        """Return the hits of every askable question, and the machine-seconds they took."""
        return self.retrievals[retriever].rankings(self.askable)

    def prompt(self, label: str) -> Prompt:
        """Return the prompt of that label: a shipped template with the parts that were replaced."""
        given = self.benchmark.prompts[label]
        return prompt(given.template, given.parts, f"prompts.{label}")

    def contexts(self, arm: Arm) -> dict[str, tuple[Hit, ...] | None]:
        """Return what an arm reads for every askable question, by question id."""
        if arm.type == "external" or arm.context.type == "none":
            return contexts_of(arm.context, None, self.askable, {})
        retrieval = self.retrievals[arm.context.retriever]
        rankings, _ = self.rankings(arm.context.retriever)
        return contexts_of(arm.context, retrieval, self.askable, rankings)
