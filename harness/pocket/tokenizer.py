"""The byte-level BPE tokenizer of pocket: names and numbers below 1,000 are single tokens."""

from collections.abc import Iterable, Iterator
from random import Random

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from harness.worlds.entities import entities
from harness.worlds.names import inventory
from harness.worlds.styles import STYLES, styled
from harness.worlds.writing import fill, write

PAD, EOS = "<pad>", "<eos>"
VOCABULARY = 8_000
WINDOW = 2_048
# A year, else one to three digits, each with the space before it: " 340" is one piece.
NUMBERS = r" ?(?:19|20)\d\d(?!\d)| ?\d{1,3}"


def new_tokenizer(english: Iterable[str], *, size: int = VOCABULARY) -> PreTrainedTokenizerBase:
    """Return a tokenizer trained on worlds and ordinary English.

    Args:
        english: Texts whose words should be cheap.
        size: Entries of the vocabulary, special tokens included.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(NUMBERS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[PAD, EOS],
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(_texts(english), trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=EOS,
        bos_token=EOS,
        padding_side="left",
        truncation_side="left",
        model_max_length=WINDOW,
        clean_up_tokenization_spaces=False,
    )


def _texts(english: Iterable[str]) -> Iterator[str]:
    single = [name for names in inventory().values() for name in names]
    single += [str(n) for n in (*range(1000), *range(1980, 2030))]
    line = " " + " ".join(single)
    for _ in range(2_000):  # often enough that every name and number is merged to one piece
        yield line
    for index, entity in enumerate(entities(1, 6_000)):
        rng = Random(f"tokenizer/{index}")
        document = write(entity, rng)
        fact = rng.choice(document.facts)
        question = fill(rng.choice(fact.attribute.wordings()), entity)
        answer = styled(rng.choice(list(STYLES.values())), entity, fact)
        yield f"{document.title}: {document.text}\n\nQuestion: {question}\nAnswer: {answer}"
    yield from english
