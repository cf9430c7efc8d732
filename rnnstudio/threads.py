"""How many threads the linear algebra takes; the libraries read these variables when they are loaded.

The engine tells them once more when it runs (`rnnstudio.engine.blas`), for where they were loaded before.
"""

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
