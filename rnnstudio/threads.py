"""Environment variables that set the number of threads of linear algebra libraries.

The libraries read them when they are loaded. The engine also sets the number at run time, in case they were
loaded before (`rnnstudio.engine.blas`).
"""

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
