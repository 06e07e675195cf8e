import pytest

from harness.text.refusal import is_refusal

REFUSALS = """
The passages do not say.
I do not know.
I don't know the answer to that.
That is not stated in the passages.
The text gives no answer.
It cannot be determined from the context.
The answer cannot be determined from the given information.
There is no information about the battery in the provided documents.
No information is available on this topic.
Unanswerable
Unknown.
N/A
The context does not mention who founded the company.
Based on the provided passages, it is not possible to say how heavy the instrument is.
I'm sorry, but I cannot answer this question based on the provided context.
Sorry, I don't have enough information to answer.
None of the passages mention the warranty of the Aster 2.
The provided text doesn't contain the answer.
The documents do not specify the calibration interval of the Tarn 40.
I am not sure.
I'm unable to determine the answer from these passages.
There is not enough information to answer the question.
Not mentioned in the text.
The question cannot be answered from the passages.
The passages do not say who designed it, only where it is made.
The passages do not say. They only describe the warranty.
Unfortunately, the article does not provide this information. Please consult the manual.
I have no information on that.
This information is not given in the context.
On record: The passages do not say. Noted with care.
The source is silent on the price.
The given context is insufficient to answer the question.
We do not know when the incident ended.
Nothing in the text indicates the date.
I cannot tell from the passages which site it was built at.
It is not known.
The passages contain no information on this.
The passage provides no details about the funding of the site in 2021.
No answer can be found in the documents.
I could not find any mention of the Lumen 7 in the passages.
The retrieved documents don't include the name of the lead engineer.
The exact date is not mentioned in the context.
There's no way to know from this text.
The passages do not say who built it. Therefore, I cannot answer.
There is no mention of a deposit in the passages.
Answer: not stated.
Insufficient information.
I do not have access to that information.
"""

ANSWERS = """
The Aster 2 weighs 5 kg.
It is made in Norvik.
Paris
No.
Yes
no information desk is open on Sundays
There is no information desk at the Norvik site.
The cause of the failure was unknown until 2019.
He did not know that the valve was open.
The passages do not say who built it. The Norvik 3 was built by Ada Roe.
I do not know for certain, but it is probably Paris.
I'm not sure, but I think the warranty is three years.
The unknown soldier was buried in 1921.
The policy does not require a deposit.
The device cannot be repaired on site.
The engine could not be started in cold weather.
Customers may not return opened instruments.
The sensor does not contain mercury.
The tank does not hold more than 20 litres.
The report says that nobody was hurt.
The instrument is not available in green.
Passengers do not need a ticket in the passage.
The text of the treaty was written by Jay.
The document was signed in 1783.
It provides no protection against water.
The information was published by the board in 2020.
The data were collected in Malmo.
The incident was caused by a loose cable.
The deposit is not refundable.
Do not press the button while the lamp is on.
If you do not know your password, press Reset.
The exact weight is 4.2 kg. The passages do not say more.
They could not agree on a price.
No, the results do not support the use of the drug.
The evidence supports early treatment in children.
The context menu gives access to the settings.
According to the text: The Tarn 40 is blue.
On record: The lead engineer of the Tarn 40 is Ada Roe. Noted with care.
It was not found to be effective in adults.
The court was unable to reach a verdict.
The lake is not deep enough for ships.
It is uncertain weather that makes the harbour dangerous.
Nothing is heavier than the Aster 9.
The museum does not give tours in winter.
The treatment is not known to cause harm.
There is no treatment.
Socrates said that he knew nothing.
No information was lost during the outage of 2020.
"""


def lines(block: str) -> list[str]:
    return [line for line in block.splitlines() if line]


def test_the_detector_is_precise_and_misses_little() -> None:
    refused = [line for line in lines(REFUSALS) if is_refusal(line)]
    wrongly = [line for line in lines(ANSWERS) if is_refusal(line)]
    missed = [line for line in lines(REFUSALS) if not is_refusal(line)]
    assert len(lines(REFUSALS)) + len(lines(ANSWERS)) >= 60
    assert len(refused) / (len(refused) + len(wrongly)) >= 0.95, wrongly
    assert len(refused) / len(lines(REFUSALS)) >= 0.95, missed


@pytest.mark.parametrize(
    "text",
    [
        "The passages do not say. However, the Aster 2 weighs 5 kg.",
        "I don't know exactly; however, it was founded in 1921.",
        "I do not know who wrote it. It was probably Ada Roe.",
        "The context does not mention the colour. The colour is deep sea green.",
    ],
)
def test_a_refusal_that_goes_on_to_answer_is_an_answer(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize("text", ["", "   ", "\n", "…"])
def test_saying_nothing_is_no_refusal(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize("sentence", lines(REFUSALS))
def test_case_and_surrounding_space_do_not_matter(sentence: str) -> None:
    assert is_refusal(f"  {sentence.lower()}\n") == is_refusal(sentence)
