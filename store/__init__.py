"""What we keep: replay ids, feedback, cards shown, audit, corrections, quiet periods."""
