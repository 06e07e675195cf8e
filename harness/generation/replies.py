"""What a server sends back, as a completion or as the reason why there is none."""

from typing import Any

import httpx
import openai

from harness.generation.retrying import Refused, retry_after
from harness.types import Completion, Failure

ERRORS = (openai.OpenAIError, httpx.HTTPError, TimeoutError, ValueError)
"""What asking may raise; a reply that is no JSON is a ValueError."""

_LONGEST = 300
_NO_SUCH_PARAMETER = ("unsupported_parameter", "unsupported_value")


def completion(reply: Any) -> Completion | Refused:
    """Return the text of a reply with its usage.

    A reply without text is a failure that asking again would not mend; one of another shape may
    be an accident of a proxy on the way, and is transient.
    """
    try:
        [choice, *_] = reply.choices
        text, reason = choice.message.content, choice.finish_reason
    except (AttributeError, TypeError, ValueError):
        return Refused(malformed("the reply holds no choices"))
    if text is not None and not isinstance(text, str):
        return Refused(malformed("the reply's content is no text"))
    if not text or not text.strip():
        remedy = "; raise max_tokens" if reason == "length" else ""
        message = f"the reply holds no text (finish_reason: {reason}){remedy}"
        return Refused(Failure("empty reply", message))
    usage = getattr(reply, "usage", None)
    return Completion(
        readable(text),
        getattr(usage, "prompt_tokens", None),
        getattr(usage, "completion_tokens", None),
        truncated=reason == "length",
    )


def refusal_of(error: Exception, path: str, base_url: str, key_variable: str) -> Refused:
    """Return why asking failed, in a line that says what to do about it."""
    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException | TimeoutError):
        return Refused(Failure("timeout", f"{base_url}: no reply in time", transient=True))
    if isinstance(error, openai.APIStatusError):
        wait = retry_after(error.response.headers)
        return Refused(_of_status(error, path, base_url, key_variable), wait)
    if isinstance(error, openai.APIConnectionError | httpx.HTTPError):
        said = _line(str(error.__cause__ or error))
        return Refused(Failure("no connection", f"{base_url}: {said}", transient=True))
    if isinstance(error, openai.APIError):  # an error told in the middle of a stream
        return Refused(Failure("server error", f"{base_url}: {_line(str(error))}", transient=True))
    return Refused(malformed(f"the reply is no JSON: {_line(str(error))}"))


def malformed(message: str) -> Failure:
    """Return the failure of a reply that cannot be read."""
    return Failure("malformed reply", message, transient=True)


def readable(text: str) -> str:
    """Return the text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _of_status(
    error: openai.APIStatusError, path: str, base_url: str, key_variable: str
) -> Failure:
    said = _line(f"{base_url}: {error.status_code}: {_told(error)}")
    match error.status_code:
        case 429 if error.code == "insufficient_quota":
            return Failure("no quota", f"{said}; see to the account's billing")
        case 429:
            return Failure("rate limited", said, transient=True)
        case 408 | 409 | 425:
            return Failure("server error", said, transient=True)
        case status if status >= 500:
            return Failure("server error", said, transient=True)
        case 401 | 403:
            return Failure("unauthorized", f"{said}; check the key in {key_variable}")
        case 404:
            return Failure("not found", f"{said}; is {path!r} a model there, and base_url right?")
    if error.code == "context_length_exceeded":
        return Failure("too long", f"{said}; lower k or max_tokens, or set the model's window")
    if error.code in _NO_SUCH_PARAMETER:
        return Failure("bad request", f"{said}; for a reasoning model set reasoning: true")
    return Failure("bad request", said)


def _told(error: openai.APIStatusError) -> str:
    """Return the server's own words where it sends any."""
    body = error.body
    told = body.get("message") if isinstance(body, dict) else body
    return str(told or error.message)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
