"""Threads that meet many times a millisecond: they wait by looking, and give way where they share a processor."""

from __future__ import annotations

import os
import platform
import sys
import threading
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from mytts_core.model.cpu.compiled import compiled

LOOKS = 500  # before a waiting thread leaves its processor to others, some 10 µs
COUNTERS = 2  # int64 that a meeting place needs: arrivals since the beginning, and threads asleep

_INT, _INDEX = ir.IntType(32), ir.IntType(64)
# Linux puts a thread to sleep until a number changes: futex(2). Elsewhere threads give way to each other in turn.
_FUTEX = {"x86_64": 202, "aarch64": 98}.get(platform.machine()) if sys.platform == "linux" else None
_WAIT, _WAKE, _EVERYONE = 128, 129, 2**31 - 1  # FUTEX_WAIT_PRIVATE, FUTEX_WAKE_PRIVATE


@intrinsic
def _add(typing_context, counters, index, amount):
    """Add to counters[index], int64; what was written before is seen by threads that see the sum."""
    def generate(context, builder, signature, args):
        builder.atomic_rmw("add", _pointer(context, builder, signature, args), args[2], "seq_cst")
        return context.get_dummy_value()

    return types.void(counters, types.intp, types.int64), generate


@intrinsic
def _look(typing_context, counters, index):
    """Return counters[index] as other threads left it."""
    def generate(context, builder, signature, args):
        return builder.load_atomic(_pointer(context, builder, signature, args), "seq_cst", align=8)

    return types.int64(counters, types.intp), generate


@intrinsic
def _pause(typing_context):
    """Tell the processor that the thread is waiting in a loop, where it knows such an instruction."""
    def generate(context, builder, signature, args):
        if platform.machine() in ("x86_64", "AMD64"):
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def _sleep(typing_context, counters, index, value):
    """Sleep while counters[index] is `value`; it may wake early."""
    def generate(context, builder, signature, args):
        if _FUTEX is not None:
            _emit_futex(builder, _pointer(context, builder, signature, args), _WAIT, builder.trunc(args[2], _INT))
        elif hasattr(os, "sched_yield"):
            kind = ir.FunctionType(_INT, [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(counters, types.intp, types.int64), generate


@intrinsic
def _wake(typing_context, counters, index):
    """Wake the threads that sleep on counters[index]."""
    def generate(context, builder, signature, args):
        if _FUTEX is not None:
            _emit_futex(builder, _pointer(context, builder, signature, args), _WAKE, _INT(_EVERYONE))
        return context.get_dummy_value()

    return types.void(counters, types.intp), generate


def _pointer(context, builder, signature, args):
    return builder.gep(context.make_array(signature.args[0])(context, builder, args[0]).data, [args[1]])


def _emit_futex(builder, counter, operation: int, value) -> None:
    """Emit the system call on the lower half of a counter (both machines named above keep it first)."""
    kind = ir.FunctionType(_INDEX, [_INDEX], var_arg=True)
    call = cgutils.get_or_insert_function(builder.module, kind, "syscall")
    nothing = _INDEX(0)
    builder.call(call, [_INDEX(_FUTEX), builder.ptrtoint(counter, _INDEX), _INDEX(operation),
                        builder.zext(value, _INDEX), nothing, nothing, nothing])


@compiled
def meet(counters, target):
    """Wait until `target` arrivals have been counted, this one included, and return `target`."""
    _add(counters, 0, 1)
    if _look(counters, 1) > 0:
        _wake(counters, 0)
    looks, arrived = 0, _look(counters, 0)
    while arrived < target:
        looks += 1
        if looks < LOOKS:
            _pause()
        else:
            # Whoever arrives later sees the sleeper; who arrived before has changed the number that sleep compares.
            _add(counters, 1, 1)
            _sleep(counters, 0, arrived)
            _add(counters, 1, -1)
        arrived = _look(counters, 0)
    return target


def run_together(work: Callable[[int], Any], count: int) -> None:
    """Call work(0) here and work(1) … work(count − 1) on threads of their own, all at the same time.

    None of them begins before every thread runs, since each waits for all others while it works.

    Raises:
        RuntimeError: where the system starts no more threads.
    """
    everyone = threading.Barrier(count)

    def join_in(number: int) -> None:
        try:
            everyone.wait()
        except threading.BrokenBarrierError:
            return
        work(number)

    helpers = [threading.Thread(target=join_in, args=(number,), daemon=True) for number in range(1, count)]
    try:
        for helper in helpers:
            helper.start()
    except RuntimeError:
        everyone.abort()
        raise
    everyone.wait()
    work(0)
    for helper in helpers:
        helper.join()
