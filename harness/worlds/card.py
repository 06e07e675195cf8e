"""The card of a generated data set: what it is, how it was made, what is in it."""

from collections.abc import Mapping

from harness.worlds.names import words

ORDER = words(
    "documents facts train dev-seen dev-new test-seen test-new test-unanswerable "
    "changed new withdrawn"
)
CARD = """# {name}

The knowledge base of a fictional company: products, policies, people, incidents and sites.
Every name and number is invented by a seeded generator, so nothing in it can be in the
training data of a language model.

Made with

    harness data make {command}

Same seed, same bytes. {versions}

| part | rows |
|---|---|
{rows}

- `corpus.jsonl`: id, title, text, kind, entity. A document has three to ten sentences; facts stand
  in named, pronoun ("its ..."), joined, spread (over two sentences) and contrast (a sister's value
  in the same sentence) form, some are said again in other words.
- `questions.jsonl`: id, question, answers (in the house style "On record: ... Noted with care."),
  values (each must be in a right answer; a list holds spellings of which one is enough), gold,
  answerable, split, kind, attribute, entity, form, about (the document the question is near to).
- `train`: three wordings of two or three facts of 60 % of the documents, and some questions that
  nothing answers (`answers` is empty). `test-seen`: a fourth wording of a trained fact.
  `test-new`: documents that no training question touches. `test-unanswerable`: an attribute that
  the document does not state, or a thing that does not exist beside one that does.
{changes}
Limits: the language is generated from templates, so it is more regular than what people write, and
a question names its subject in full.

Licence: Apache-2.0, like the program that wrote it.
"""
CHANGES = """\
- `changes.jsonl`: document, change (changed, new, withdrawn), questions (ids), old, new; one row
  for each changed fact (with its attribute), new document and withdrawn document. Questions about
  withdrawn documents are not in this version's `questions.jsonl`.
"""


def card(name: str, seed: int, documents: int, version: int, counts: Mapping[str, int]) -> str:
    """Return the text of card.md."""
    rows = "\n".join(f"| {part} | {counts[part]:,} |" for part in ORDER if counts[part])
    command = f"{name} --seed {seed} --documents {documents} --out DIR"
    return CARD.format(
        name=name,
        command=command + (f" --version {version}" if version > 1 else ""),
        versions="This is the first version." if version == 1 else "This is the second version.",
        rows=rows,
        changes=CHANGES if version > 1 else "",
    )
