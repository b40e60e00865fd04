"""The steps, each a module of its own that is never changed once it was released."""
