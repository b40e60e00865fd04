"""What may go wrong with what we keep?"""


class StoreError(Exception):
    """Base of the store's errors. ``reason`` is a fixed code of kebab-case words."""

    def __init__(self, reason: str) -> None:
        """Keep the code; it holds no content."""
        super().__init__(reason)
        self.reason = reason
