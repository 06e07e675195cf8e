"""No cutting: a document is one passage."""

from harness.types import Chunk, Document


class Whole:
    """Makes one chunk of each document, without the space around its text."""

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return the document as one chunk, or nothing where its text is empty.

        >>> Whole().chunk(Document("a", " Two words. "))[0].id
        'a:1-11'
        """
        text = document.text.strip()
        if not text:
            return ()
        start = len(document.text) - len(document.text.lstrip())
        return (Chunk(document.id, start, start + len(text), text, document.title, document.meta),)
