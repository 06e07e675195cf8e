"""Too short to say anything, or too long to be a document."""

from harness.pipeline.record import Dropped, Outcome, Record


def within_length(records: list[Record], shortest: int, longest: int) -> Outcome:
    """Keep documents of so many words, counted at blanks, and pairs that have an answer."""
    kept: list[Record] = []
    dropped: list[Dropped] = []
    for record in records:
        words = len(record.text.split())
        if record.question:
            if words:
                kept.append(record)
            else:
                dropped.append(Dropped(record, "no answer"))
        elif words < shortest:
            dropped.append(Dropped(record, "too short", f"{words} words, at least {shortest}"))
        elif words > longest:
            dropped.append(Dropped(record, "too long", f"{words} words, at most {longest}"))
        else:
            kept.append(record)
    return kept, dropped
