"""What generated kernels of single precision use; see `kit`."""

from rnnstudio.engine.native.kit import kit_of
from rnnstudio.engine.native.options import FLOAT32

globals().update(kit_of(FLOAT32))
