"""The contract classes are asserted with, so pytest explains their asserts, too."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    *(f"tests.contract.{name}" for name in ("vector_index", "vector_store", "vector_store_sharing"))
)
