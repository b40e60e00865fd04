"""A token is good once: at whichever worker, all at once, and after a restart."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.e2e.running import hospital, running, token_for
from tests.thirdline.serving import REVIEW, asked, eventually, workers_of

AT_ONCE = 12


@contextmanager
def only(worker, workers):
    """Let one worker alone answer: the others stand still."""
    others = workers - {worker}
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.hostile("A24")
@pytest.mark.requirement("SEC-11")
def test_a_token_is_good_once_over_workers_and_restarts(tmp_path, database_url):
    config = hospital(tmp_path, database_url)
    tokens = [token_for(REVIEW) for _ in range(4)]
    with running(tmp_path, config, 2) as service:
        workers = eventually(
            lambda: len(workers_of(service.process)) == 2 and workers_of(service.process)
        )
        first, second = sorted(workers)
        for token, before, after in ((tokens[0], first, second), (tokens[1], second, first)):
            with only(before, workers):
                assert asked(service.url, token).status_code == 200
            with only(after, workers):
                refused = asked(service.url, token)
                assert (refused.status_code, refused.content) == (401, b"")
                assert asked(service.url, token_for(REVIEW)).status_code == 200
        with ThreadPoolExecutor(AT_ONCE) as clients:
            for token in tokens[2:]:
                answers = clients.map(lambda _, one=token: asked(service.url, one), range(AT_ONCE))
                statuses = sorted(answer.status_code for answer in answers)
                assert statuses == [200] + [401] * (AT_ONCE - 1)
    with running(tmp_path, config, 1) as service:
        assert [asked(service.url, token).status_code for token in tokens] == [401] * 4
        assert asked(service.url, token_for(REVIEW)).status_code == 200
