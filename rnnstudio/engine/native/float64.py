"""The names that generated double-precision kernels use; see `kit`."""

from rnnstudio.engine.native.kit import kit_of
from rnnstudio.engine.native.options import FLOAT64

globals().update(kit_of(FLOAT64))
