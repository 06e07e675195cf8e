"""The decoding loop: one token a row and step, with the model's own cache.

`generate` of transformers costs about a millisecond a step on a CPU before the model runs,
which is 30 % of a step of a model of 3 M parameters, and it cannot be read token by token
without a thread. This loop serves batches and streams alike. It applies no default of
`generation_config.json` but the start and end tokens: greedy means greedy for every model.
"""

import inspect
from collections.abc import Container, Iterator, Sequence
from random import Random
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel

from harness.errors import ModelError
from harness.generation.joining import can_join, join, rows_at_once
from harness.generation.roomy import give_room
from harness.types import Request

CACHES = ("past_key_values", "cache_params", "state")
WORTH_DROPPING = 0.95
"""Rows that have ended leave the batch when so few go on: each costs a copy of another row in a
cache with room, in others a copy of all that stay."""


def decode(
    model: PreTrainedModel,
    prompts: Sequence[list[int]],
    requests: Sequence[Request],
    *,
    pad: int,
    ends: Container[int],
) -> Iterator[list[int | None]]:
    """Yield one step after the other: the next id of each row, None for a row that has ended.

    A row ends after its end-of-sequence id, which is yielded, or after its `max_tokens`.

    Args:
        model: A causal or an encoder-decoder model, in evaluation mode.
        prompts: Ids, not padded; none is empty.
        requests: The decoding of each row. The noise of a row depends on its own seed alone.
        pad: Any valid id; it is masked.
        ends: The ids that end an answer.
    """
    noise = [Random(request.seed) for request in requests]
    left = [request.max_tokens for request in requests]
    rows = list(range(len(prompts)))  # those that the model still computes
    forward = _Seq2Seq(model, prompts, pad) if _is_seq2seq(model) else _Causal(model, prompts, pad)
    with torch.inference_mode():
        logits = forward.first()
    while True:
        with torch.inference_mode():
            chosen: list[int] = logits.argmax(-1).tolist()
            for at, row in enumerate(rows):
                if requests[row].temperature > 0 and left[row]:
                    chosen[at] = _draw(logits[at], requests[row], noise[row])
        step: list[int | None] = [None] * len(prompts)
        for token, row in zip(chosen, rows, strict=True):
            if left[row]:
                step[row] = token
                left[row] = 0 if token in ends else left[row] - 1
        yield step
        going = _closed_up([at for at, row in enumerate(rows) if left[row]])
        if not going:
            return
        with torch.inference_mode():
            if len(going) <= WORTH_DROPPING * len(rows):
                chosen, rows = [chosen[at] for at in going], [rows[at] for at in going]
                forward.keep(torch.tensor(going, device=logits.device))
            logits = forward.next(torch.tensor(chosen, device=logits.device)[:, None])


def end_ids(model: PreTrainedModel) -> frozenset[int]:
    """Return the ids that end an answer, as far as the model's own files say."""
    generation: GenerationConfig = model.generation_config
    ends = generation.eos_token_id
    if ends is None:
        ends = model.config.eos_token_id
    if ends is None:
        return frozenset()
    return frozenset([ends] if isinstance(ends, int) else ends)


def _closed_up(going: list[int]) -> list[int]:
    """Return the places of rows that go on, as many as possible at their own place.

    >>> _closed_up([0, 3, 4, 6])
    [0, 4, 6, 3]
    """
    rows = range(len(going))
    stay = set(going).intersection(rows)
    late = iter(place for place in going if place not in stay)
    return [place if place in stay else next(late) for place in rows]


def _draw(logits: torch.Tensor, request: Request, noise: Random) -> int:
    """Return one id from the smallest set that holds `top_p` of the probability."""
    if request.temperature == 0:
        return int(logits.argmax())
    shares = torch.softmax(logits.double() / request.temperature, -1)
    shares, order = shares.sort(descending=True, stable=True)
    sums = shares.cumsum(-1)
    kept = max(1, int((sums - shares < request.top_p).sum()))
    at = int(torch.searchsorted(sums, noise.random() * float(sums[kept - 1]), right=True))
    return int(order[min(at, kept - 1)])


def _is_seq2seq(model: PreTrainedModel) -> bool:
    return bool(model.config.is_encoder_decoder)


def _left_padded(
    prompts: Sequence[list[int]], pad: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (ids, mask), both (rows, longest prompt)."""
    longest = max(map(len, prompts))
    ids = [[pad] * (longest - len(row)) + row for row in prompts]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in prompts]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


class _Causal:
    """Prefill, then one position a step; positions count from each row's first real token."""

    def __init__(self, model: PreTrainedModel, prompts: Sequence[list[int]], pad: int) -> None:
        self._model = model
        self._takes = frozenset(inspect.signature(_inner(model).forward).parameters)
        self._ids, self._mask = _left_padded(prompts, pad, model.device)
        self._positions = (self._mask.cumsum(-1) - 1).clamp(min=0)
        self._cache: dict[str, Any] = {}

    def first(self) -> torch.Tensor:
        """Return the logits after the prompts, (rows, vocabulary)."""
        whole = self._ids, self._mask, self._positions
        size = rows_at_once(self._ids)
        logits: list[torch.Tensor] = []
        caches: list[dict[str, Any]] = []
        for ids, self._mask, self._positions in zip(
            *(torch.split(x, size) for x in whole), strict=True
        ):
            self._cache = {}
            logits.append(self._forward(ids))
            caches.append(self._cache)
            if not all(map(can_join, self._cache.values())):
                break
        _, self._mask, self._positions = whole
        if sum(map(len, logits)) < len(self._ids):  # such caches cannot be joined: all at once
            self._cache = {}
            return self._forward(self._ids)
        if len(caches) > 1:
            self._cache = {name: join([cache[name] for cache in caches]) for name in self._cache}
        return torch.cat(logits)

    def next(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the logits after one more token, (rows, 1), in each row."""
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(tokens), 1)], 1)
        self._positions = self._positions[:, -1:] + 1
        return self._forward(tokens)

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with these rows alone, where the cache can be cut."""
        self._mask, self._positions = self._mask[rows], self._positions[rows]
        for name, kept in self._cache.items():
            self._cache[name] = _kept(kept, rows)

    def _forward(self, ids: torch.Tensor) -> torch.Tensor:
        options: dict[str, Any] = {"attention_mask": self._mask, "use_cache": True, **self._cache}
        if "position_ids" in self._takes:
            options["position_ids"] = self._positions
        if "logits_to_keep" in self._takes:
            options["logits_to_keep"] = 1
        output = self._model(input_ids=ids, **options)
        self._cache = {name: output[name] for name in CACHES if output.get(name) is not None}
        for cache in self._cache.values():
            give_room(cache)
        if not self._cache:
            raise ModelError(
                f"{type(_inner(self._model)).__name__} keeps no cache this program can use; "
                "choose another model"
            )
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits


class _Seq2Seq:
    """The encoder once, then the decoder, one position a step.

    Prompts are padded on the right: encoders with absolute positions count from column 0.
    """

    def __init__(self, model: PreTrainedModel, prompts: Sequence[list[int]], pad: int) -> None:
        longest = max(map(len, prompts))
        ids = [row + [pad] * (longest - len(row)) for row in prompts]
        mask = [[1] * len(row) + [0] * (longest - len(row)) for row in prompts]
        self._model = model
        self._mask = torch.tensor(mask, device=model.device)
        with torch.inference_mode():
            self._encoded = _inner(model).get_encoder()(
                input_ids=torch.tensor(ids, device=model.device),
                attention_mask=self._mask,
                return_dict=True,
            )
        self._cache: Any = None

    def first(self) -> torch.Tensor:
        """Return the logits of the first written token, (rows, vocabulary)."""
        generation, config = self._model.generation_config, self._model.config
        names = ("decoder_start_token_id", "bos_token_id", "pad_token_id")
        known = (getattr(c, n, None) for n in names for c in (generation, config))
        start = next(i for i in known if i is not None)
        logits = self.next(self._mask.new_full((len(self._mask), 1), start))
        forced = generation.forced_bos_token_id
        if forced is not None:  # BART and mBART begin with a token that is not theirs to choose
            logits[:, forced] = torch.inf
        return logits

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with these rows alone."""
        self._mask = self._mask[rows]
        self._encoded.last_hidden_state = self._encoded.last_hidden_state[rows]
        self._cache = _kept(self._cache, rows)

    def next(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the logits after one more token, (rows, 1), in each row."""
        output = self._model(
            encoder_outputs=self._encoded,
            attention_mask=self._mask,
            decoder_input_ids=tokens,
            past_key_values=self._cache,
            use_cache=True,
        )
        self._cache = output.past_key_values
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits


def _kept(states: Any, rows: torch.Tensor) -> Any:
    """Return a cache with these rows alone; a row order of a beam search may leave rows out."""
    states.reorder_cache(rows)
    return states


def _inner(model: PreTrainedModel) -> PreTrainedModel:
    """Return the model itself where it is wrapped in adapters that are not merged."""
    get = getattr(model, "get_base_model", None)
    inner: PreTrainedModel = get() if callable(get) else model
    return inner
