"""How did the tables come to be? One step per release that changed them, run by Alembic."""
