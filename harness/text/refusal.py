"""Does a text decline to answer? English patterns, one list, no model.

A text is a refusal when some sentence of it declines (`DECLINES`) and every other sentence is
padding: it declines too, excuses itself, sends the reader elsewhere, talks about the passages
rather than the matter (`PADDING`), or is a short phrase that states nothing. A sentence that
declines and then answers all the same ("I do not know, but it is 5 kg.") is an answer. An empty
text is no refusal: nothing was said.

Kept narrow on purpose: "The manual does not mention a deposit" may be the right answer to a
question, so only passages, context, text and the like are taken to stand for what was read.
"""

import re
from functools import lru_cache

from harness.text.citations import without_citations
from harness.text.sentences import sentences

_SOURCE = (
    r"(?:(?:the|this|these|those|any of the|either|neither|none of the|your|given|provided|"
    r"supplied|retrieved|available|above|relevant|following)\s+)*"
    r"(?:passages?|contexts?|texts?|documents?|documentation|excerpts?|snippets?|sources?|"
    r"articles?|paragraphs?|material|information|evidence|knowledge base|search results?|data)"
    r"(?:\s+(?:above|below|(?:that (?:was|were|is|are) )?(?:provided|given|supplied|available|"
    r"retrieved)|at hand|i (?:have|was given)))*"
)
_SAYS = (
    r"(?:say|state|mention|specify|contain|provide|include|give|tell|answer|address|reveal|"
    r"indicate|hold|cover|disclose|offer|list|discuss|describe|explain|have|report|note|name|"
    r"identify|clarify|suffice|support|show)"
)
_NOT = (
    r"(?:do not|does not|did not|don[’']t|doesn[’']t|didn[’']t|cannot|can[’']t|can not|fails? to)"
)
_TOLD = (
    r"(?:stated|mentioned|specified|given|provided|included|contained|said|answered|found|"
    r"available|disclosed|described|discussed|listed|addressed|covered|indicated|recorded|"
    r"documented|explained|known|present|clear|reported|named)"
)
_FOUND_OUT = (
    r"(?:determined?|answered|inferred|established|found|known|deduced|derived|ascertained|"
    r"concluded|verified|told|identified|confirmed)"
)

DECLINES = (
    # what was read does not hold it
    rf"\b{_SOURCE} (?:simply |just |also )?{_NOT} (?:\w+ly )?{_SAYS}\b",
    rf"\b(?:none|neither|nothing|nowhere)\b.{{0,20}}\b{_SOURCE} (?:\w+ly )?"
    rf"{_SAYS}(?:s|es|ed|ions?|ies)?\b",
    rf"\b(?:nothing|no answer)\b.{{0,30}}\b(?:in|from|about)\b.{{0,30}}\b{_SOURCE}",
    rf"\b{_SOURCE} (?:gives?|contains?|provides?|holds?|has|have|offers?|includes?|makes?) "
    r"(?:no|nothing|insufficient|not enough)\b",
    rf"\b{_SOURCE} (?:is|are|was|were) (?:not (?:sufficient|enough|clear|relevant)|insufficient|"
    r"silent|irrelevant|unclear)\b",
    rf"\b(?:not|never|isn[’']t|aren[’']t|nowhere) (?:\w+ly )?{_TOLD}\b.{{0,25}}"
    rf"\b(?:in|by|within|from|anywhere in) {_SOURCE}",
    rf"\b(?:is|are|was|were) not {_TOLD} (?:here|there|anywhere)\b",
    r"^\W*(?:(?:this|that|it|the answer)(?: information| detail)? (?:is|was)|isn[’']t) "
    r"(?:not |never |un)(?:\w+ly )?"
    rf"{_TOLD}\W*$",
    r"^\W*not (?:stated|mentioned|specified|given|provided|found|available|known|answerable|"
    r"enough|in the)\b",
    r"\b(?:no|(?:not enough|insufficient|not sufficient|too little)(?: evidence)?) "
    r"(?:\w+ )?(?:information|info|evidence(?= to (?:answer|determine|say|tell))|details?|context|"
    r"data)"
    r"(?: \w+)? (?:about|on|regarding|to answer|to determine|to say|to tell|is (?:given|provided|"
    r"available|mentioned|found)|was (?:given|provided|found)|available|given|provided|in (?:the|"
    r"these|this)|that would|for (?:that|this))\b",
    r"^\W*(?:there is |there[’']s )?(?:no|not enough|insufficient) "
    r"(?:information|info|evidence|context|data|answer)(?: available| given| provided)?\W*$",
    r"\bno (?:answer|mention)\b.{0,40}\b(?:is given|can be (?:given|found)|was found|"
    rf"(?:in|from) {_SOURCE})",
    # the speaker does not know or will not say
    r"\b(?:i|we) (?:really |honestly |simply |just )?(?:do not|don[’']t|did not|didn[’']t) "
    r"(?:actually |currently )?(?:know|have (?:\w+ ){0,3}(?:information|info|answer|knowledge|"
    r"details?|data|access|context|idea))\b",
    r"\b(?:i|we) have no (?:idea|information|answer|knowledge|data|record|details?|way)\b",
    r"\b(?:i am|i[’']m|we are|we[’']re) (?:not (?:sure|certain|able|aware)|unsure|unable|"
    r"unaware)\b",
    r"\b(?:i|we) (?:cannot|can[’']t|can not|could not|couldn[’']t|am unable to|was unable to|"
    r"were unable to) (?:\w+ly )?(?:answer|say|tell|determine|find|provide|give|confirm|help|"
    r"locate|identify|establish|infer|know|verify|be sure)\b",
    r"^\W*(?:sorry\W+)?(?:don[’']t know|no idea|unable to (?:answer|determine|say|find))\b",
    # it cannot be known
    rf"\b(?:cannot|can[’']t|can not|could not|couldn[’']t) be (?:\w+ly )?{_FOUND_OUT}\b"
    rf".{{0,40}}(?:\b(?:from|with|based on|by|on the basis of|using|in) {_SOURCE}|\W*$)",
    r"\b(?:not|im)\s?possible to (?:\w+ly )?(?:answer|say|tell|determine|know|infer|establish|"
    r"identify)\b",
    r"\b(?:this|that|the|your) question (?:is unanswerable|(?:cannot|can[’']t|can not|could not) "
    r"be answered|has no answer)",
    r"\b(?:there is|there[’']s) no way (?:to (?:know|tell|say|answer|determine)|of (?:knowing|"
    r"telling))\b",
    r"^\W*(?:(?:the answer|it|this|that) is )?(?:\w+ly )?(?:unanswerable|unknown|undetermined|"
    r"unspecified|n/?a|not answerable|not applicable|no answer|unclear)\W*$",
    # a correction of the question
    rf"\bquestion\b.{{0,60}}\bnot (?:\w+ly )?(?:{_TOLD}|answerable)\b",
)

PADDING = (
    r"\b(?:sorry|apologi[sz]e|apologies|unfortunately|please|let me know|feel free|thank you|"
    r"more context|more information|further information|more details?)\b",
    r"\b(?:consult|contact|refer to|check with|ask)\b",
    rf"^\W*(?:it|they|{_SOURCE}) (?:\w+ )?(?:only |merely |just )",
    r"^\W*(?:therefore|thus|hence|so|as a result)\W+(?:i|we|the question|it|no)\b.{0,20}"
    r"\b(?:cannot|can[’']t|not|no)\b",
)

_DECLINES = re.compile("|".join(f"(?:{p})" for p in DECLINES), re.IGNORECASE)
_PADDING = re.compile("|".join(f"(?:{p})" for p in PADDING), re.IGNORECASE)
_TURN = re.compile(
    r"(?:[,;:]| [-–—])\s*(?:however|although|though|yet|nevertheless|so)\b\W*"
    r"|[,;]?\s+but\b\W*",
    re.IGNORECASE,
)
_STILL_THE_SOURCE = re.compile(
    rf"(?:(?:it|they|{_SOURCE})\b.{{0,12}}?)?\b(?:only |merely |do |does )?{_SAYS}s?\b",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^\W*(?:[\w’' ]{1,40}:|(?:however|but|still|well|yes|no),)\s*", re.IGNORECASE)
_GUESS = re.compile(
    r"^(?:\W*(?:i (?:think|believe|guess|would (?:say|guess))|my (?:best )?guess|it (?:is|was|has|"
    r"may|might|could|should|seems|appears|must)|they (?:are|were)|probably|likely|perhaps|maybe|"
    r"possibly|he|she)\b)",
    re.IGNORECASE,
)
_FACT = re.compile(r"\d|(?<=\w )[A-Z]\w")
_SHORT = 3


@lru_cache(maxsize=8192)
def is_refusal(text: str) -> bool:
    """Return whether the text declines to answer and gives no answer beside that.

    >>> is_refusal("The passages do not say.")
    True
    >>> is_refusal("The passages do not say who built it. The Norvik 3 was built by Ada Roe.")
    False
    """
    said = sentences(without_citations(text))
    parts = [part for sentence in said for part in _clauses(sentence)]
    declining = [bool(_DECLINES.search(p) or _DECLINES.search(_LEAD.sub("", p))) for p in parts]
    return any(declining) and all(
        declines or _states_nothing(part) for part, declines in zip(parts, declining, strict=True)
    )


def _clauses(sentence: str) -> list[str]:
    """Split at ", but" and the like where the first half declines and the second may answer."""
    turn = _TURN.search(sentence)
    if not turn or not _DECLINES.search(sentence[: turn.start()]):
        return [sentence]
    rest = sentence[turn.end() :]
    if _PADDING.search(rest) or _STILL_THE_SOURCE.match(rest):
        return [sentence[: turn.start()]]
    return [sentence[: turn.start()], rest]


def _states_nothing(part: str) -> bool:
    if _PADDING.search(part):
        return True
    bare = _LEAD.sub("", part)
    return (
        not _FACT.search(bare)
        and not _GUESS.match(bare)
        and len(re.findall(r"\w+", bare)) <= _SHORT
    )
