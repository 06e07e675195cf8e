"""A reward model: what an answer is worth to those who ranked pairs, as one number.

It begins as the weights whose answers were ranked (Ouyang et al. 2022, sec. 3.5), with a linear
head on the last hidden state, and to that it adds how likely it finds the answer, weighted. The
last state alone hardly holds whether a value in mid-sentence was the expected one, and some hundred
pairs do not teach it to: `docs/preferences.md` has the figures. The head stands on the model's
own backbone, since `AutoModelForSequenceClassification`, and trl's RewardTrainer with it, knows
fewer architectures than there are causal models.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from harness.errors import ArtefactError
from harness.files import write_text
from harness.generation.rendering import Rendering
from harness.preferences.policy import Policy, open_policy
from harness.training.recipe import Method

HEAD, FACTS = "head.safetensors", "reward.json"

Row = tuple[list[int], list[int]]
"""Ids of a prompt and of an answer, its end included."""


class RewardModel(nn.Module):
    """Gives an answer a number; more is better, and only differences mean something.

    Numbers are in standard deviations of the answers in the training pairs, whose mean is 0.
    """

    mean: torch.Tensor
    sd: torch.Tensor

    def __init__(self, policy: Policy) -> None:
        """Put a new head on a policy, which is used up: its adapter becomes the reward model's."""
        super().__init__()
        self.policy, self.adapted = policy, policy.model
        self.head = nn.Linear(policy.width, 1, bias=False)
        nn.init.zeros_(self.head.weight)
        self.likelihood = nn.Parameter(torch.tensor(1.0))
        self.register_buffer("mean", torch.tensor(0.0))
        self.register_buffer("sd", torch.tensor(1.0))
        self.to(policy.device)

    def forward(self, rows: Sequence[Row]) -> torch.Tensor:
        """Return the number of each row; shape (rows,)."""
        device = self.policy.device
        ids = [torch.tensor([*prompt, *answer], device=device) for prompt, answer in rows]
        first = torch.tensor([len(prompt) for prompt, _ in rows], device=device)
        last = torch.tensor([len(row) - 1 for row in ids], device=device)
        padded = pad_sequence(ids, batch_first=True, padding_value=self.policy.pad)
        places = torch.arange(padded.shape[1], device=device)
        mask = (places <= last[:, None]).long()
        model = self.adapted.get_base_model()
        states = model.base_model(
            input_ids=padded, attention_mask=mask, use_cache=False
        ).last_hidden_state
        answered = (places >= first[:, None]) & mask.bool()
        said = model.get_output_embeddings()(states[:, :-1][answered[:, 1:]]).float()
        likely = -cross_entropy(said, padded[answered], reduction="none")
        row = answered.nonzero()[:, 0]
        likelihood = torch.zeros(len(rows), device=device).index_add(0, row, likely)
        values: torch.Tensor = self.head(states[torch.arange(len(rows)), last].float())[:, 0]
        return (values + self.likelihood * likelihood - self.mean) / self.sd

    def row(self, prompt: str, text: str) -> Row:
        """Return a prompt with an answer as it is read."""
        return self.policy.prompt_ids(prompt), self.policy.answer_ids(prompt, text)

    def rewards(self, rows: Sequence[Row], batch_size: int = 32) -> list[float]:
        """Return the number of each row; it does not depend on the other rows."""
        self.eval()
        order = sorted(range(len(rows)), key=lambda i: sum(map(len, rows[i])))
        found = [0.0] * len(rows)
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            with torch.inference_mode():
                values = self([rows[i] for i in batch]).tolist()
            for i, value in zip(batch, values, strict=True):
                found[i] = value
        return found

    def save(self, folder: Path, facts: dict[str, object]) -> None:
        """Write adapter, head and what is known of it into an existing folder."""
        self.policy.method.save(self.adapted, folder, self.policy.base)
        head = {
            "weight": self.head.weight,
            "likelihood": self.likelihood,
            "mean": self.mean,
            "sd": self.sd,
        }
        save_file({name: t.detach().cpu() for name, t in head.items()}, folder / HEAD)
        write_text(folder / FACTS, json.dumps(facts, indent=1) + "\n")


def open_reward_model(
    base: str, method: Method, folder: Path, rendering: Rendering, device: str = "auto"
) -> RewardModel:
    """Return what `RewardModel.save` has written, ready to read.

    Args:
        base: A folder, a hub id or `pocket`.
        method: What made the adapter that the reward model began as.
        folder: Of the reward model.
        rendering: How prompts were written.
        device: `auto`, `cpu`, `cuda`.

    Raises:
        ArtefactError: There is no reward model in the folder.
    """
    if not (folder / HEAD).is_file():
        raise ArtefactError(f"{folder}: no reward model here; have it trained again")
    model = RewardModel(open_policy(base, method, folder, rendering, device))
    kept = load_file(folder / HEAD)
    with torch.no_grad():
        model.head.weight.copy_(kept["weight"])
        model.likelihood.copy_(kept["likelihood"])
        model.mean.copy_(kept["mean"])
        model.sd.copy_(kept["sd"])
    model.requires_grad_(False)
    return model
