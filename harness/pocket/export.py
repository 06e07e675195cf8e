"""A trained model to a folder that `from_pretrained` loads: half precision, standard files."""

from pathlib import Path

from transformers import GenerationConfig, Lfm2ForCausalLM, PreTrainedTokenizerBase


def export(model: Lfm2ForCausalLM, tokenizer: PreTrainedTokenizerBase, out: Path) -> None:
    """Write the model and its tokenizer to `out`; the model itself stays as it is."""
    copy = Lfm2ForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False, max_new_tokens=48, pad_token_id=0, bos_token_id=1, eos_token_id=1
    )
    copy.half().save_pretrained(out)  # type: ignore[no-untyped-call]
    tokenizer.save_pretrained(out)
