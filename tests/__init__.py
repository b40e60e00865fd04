"""The tests: what Thirdline promises, said once more from outside."""
