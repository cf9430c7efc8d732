"""Fixtures of the engine's tests."""

from __future__ import annotations

import pytest

from rnnstudio.engine.compiler.runtime import kernels


@pytest.fixture(params=[kernel.value for kernel in kernels.Kernel])
def each_kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test once with NumPy's kernel and once with compiled kernels; return which."""
    monkeypatch.setenv(kernels.VARIABLE, request.param)
    return str(request.param)
