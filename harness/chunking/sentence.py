"""One passage for each sentence."""

from harness.text.sentences import sentence_spans
from harness.types import Chunk, Document


class Sentence:
    """Makes one chunk of each sentence, however short or long.

    A single sentence is easy to match and easy to misread: it has lost what "it" refers to.
    """

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return the sentences in the document's order; a document without text has none.

        >>> [c.text for c in Sentence().chunk(Document("a", "It is red. It weighs 2.5 kg."))]
        ['It is red.', 'It weighs 2.5 kg.']
        """
        text = document.text
        return tuple(
            Chunk(document.id, start, end, text[start:end], document.title, document.meta)
            for start, end in sentence_spans(text)
        )
