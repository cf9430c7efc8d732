"""The names that generated single-precision kernels use; see `kit`."""

from rnnstudio.engine.native.kit import kit_of
from rnnstudio.engine.native.options import FLOAT32

globals().update(kit_of(FLOAT32))
