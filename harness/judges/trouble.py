"""Why a judge has no verdict."""

from harness.types import JudgementStatus


class Trouble(Exception):
    """The judge's own trouble: it becomes a status of a judgement and never leaves the judge."""

    def __init__(self, status: JudgementStatus, message: str) -> None:
        super().__init__(message)
        self.status: JudgementStatus = status
        self.message = message
