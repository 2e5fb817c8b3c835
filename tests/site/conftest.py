import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def site():
    return Path(os.environ["SITE_BUILT"])
