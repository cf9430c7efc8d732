"""What generated kernels of double precision use; see `kit`."""

from rnnstudio.engine.native.kit import kit_of
from rnnstudio.engine.native.options import FLOAT64

globals().update(kit_of(FLOAT64))
