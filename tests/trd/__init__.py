"""Tests of the core: chart, knowledge, rules."""
