"""What is compared with stored results of torch and optax, compared once more with the libraries themselves."""

import pytest
from references.make import RESULTS
from references.results import Results
from test_clipping import (  # noqa: F401
    test_clipping_by_global_norm_is_that_of_torch_and_optax,
    test_clipping_by_value_is_that_of_torch_and_optax,
)
from test_optimizers import test_a_rule_walks_the_path_of_torch_and_optax  # noqa: F401
from test_schedules import test_a_schedule_is_that_of_torch_and_optax, test_plateau_is_that_of_torch_and_optax  # noqa: F401

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=RESULTS)
def reference(request):
    library = request.param
    pytest.importorskip(library, reason=f"{library} is not installed; its stored results are compared")
    return Results(library, RESULTS[library]())
