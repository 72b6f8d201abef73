"""The contract classes are asserted with, so pytest explains their asserts, too."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.contract.vector_index", "tests.contract.vector_store")
