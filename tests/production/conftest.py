from collections.abc import Iterator

import pytest

from tests.production.arrangement import Production, running


@pytest.fixture(scope="session")
def production() -> Iterator[Production]:
    """One deployment for all tests of this folder: it takes half a minute to start. Each leaves it whole."""
    with running() as production:
        yield production
