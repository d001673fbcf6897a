"""How the functions of this package are compiled.

None of them allocates, so arrays need no counts of references, which threads would fight over.
"""

from __future__ import annotations

from numba import njit

_OPTIONS = dict(nogil=True, error_model="numpy", _nrt=False)

compiled = njit(**_OPTIONS)

# For functions that are called by other compiled functions alone: the way in from Python takes most of the compilation.
inner = njit(**_OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)

# Sums may be taken in any order, so that they run in vector registers; the order is fixed at compilation.
with_free_sums = njit(**_OPTIONS, fastmath={"reassoc", "contract", "nsz"})


def kept_on_disk(function):
    """Compile a function, or take it as it was compiled by an earlier process."""
    try:
        return njit(**_OPTIONS, cache=True)(function)
    except RuntimeError:  # there is no folder that can be written to
        return compiled(function)
