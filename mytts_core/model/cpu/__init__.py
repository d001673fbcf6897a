"""Decoding on a CPU with Numba: the compiled loop of `decode_loop`, at the speed of memory."""
