"""Base models whose linear layers are kept in four bits, by bitsandbytes."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, PreTrainedModel

from harness.errors import MissingExtra, ModelError, how_to_install
from harness.generation.load import DType, explained, load_config

DEVICES = ("cpu", "cuda", "xpu")
"""What bitsandbytes has four-bit products for."""


def load_in_four_bits(place: Path | str, device: torch.device, dtype: DType) -> PreTrainedModel:
    """Return the model with linear layers in NF4 with double quantisation, the rest as `dtype`.

    Products are computed in float32 on a CPU and in bfloat16 elsewhere.

    Raises:
        MissingExtra: bitsandbytes is not installed.
        ModelError: It does not serve the device, or the model cannot be loaded.
    """
    try:
        import bitsandbytes.nn.modules
    except ImportError as error:
        raise MissingExtra(
            f"four bits need the package bitsandbytes: {how_to_install('qlora')}"
        ) from error
    from transformers import BitsAndBytesConfig

    if device.type not in DEVICES:
        raise ModelError(
            f"four bits on {device.type!r}: bitsandbytes serves {', '.join(DEVICES)}; "
            "take 'lora' here, or another --device"
        )
    computed = torch.float32 if device.type == "cpu" else torch.bfloat16
    config = load_config(place)
    kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    with explained(place):
        model: PreTrainedModel = kind.from_pretrained(
            place,
            dtype=computed if dtype == "auto" else dtype,
            quantization_config=BitsAndBytesConfig(  # type: ignore[no-untyped-call]
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=computed,
            ),
            device_map={"": device},
            local_files_only=isinstance(place, Path),
        )
    for layer in model.modules():
        if isinstance(layer, bitsandbytes.nn.modules.Linear4bit):
            # its kernel for inference on a CPU takes widths that are multiples of 64 alone, and
            # repacks the weights that training goes on with
            layer.support_avx512bf16_for_cpu = False
    return model
