"""One server for all tests, a database for each."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from .cluster import Cluster, program


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server that runs.  What is missing is a failure and no skip: who calls these tests means them."""
    try:
        program("initdb")
    except FileNotFoundError as error:
        pytest.fail(str(error))
    if importlib.util.find_spec("psycopg") is None:
        pytest.fail("the driver is not installed: pip install -c constraints.txt 'psycopg[binary]'")
    running = Cluster()
    yield running
    running.remove()


@pytest.fixture
def database(cluster: Cluster) -> str:
    """The name of an empty database."""
    return cluster.make_database()


@pytest.fixture
def url(cluster: Cluster, database: str) -> str:
    """Where the empty database is."""
    return cluster.url(database)
