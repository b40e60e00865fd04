"""What can be wrong with the knowledge.

    KnowledgeError  (ValueError)

There is one error, and it carries every fault of every table: a person mending a table wants the
whole list. A service with bad knowledge does not start.
"""

from collections.abc import Iterable
from typing import ClassVar


class KnowledgeError(ValueError):
    """The tables contradict themselves, their manifest or the codes' own check digits.

    ``faults`` holds one sentence each, "file:line: what", in the order of the files.
    """

    code: ClassVar[str] = "bad-knowledge"

    def __init__(self, faults: Iterable[str]) -> None:
        """Keep the faults; the message is all of them, one a line."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))
