"""Sides: who stands left. Each setting equally often, within one, and within one in each pair too."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

Pair = tuple[int, int]
_FURTHER = -1


def orient(pairs: Sequence[Pair], rng: random.Random, lead: Counter[Pair]) -> list[Pair]:
    """Return each pair as (left, right).

    Of a pair that comes 2m times, each setting is left m times. What is left over, one of each pair that comes an odd
    number of times, is a graph whose edges are directed along cycles: a setting is left as often as right, within one.

    Args:
        pairs: (i, j) with i < j, in any order, repeated as often as they come.
        rng: what else there is to choose.
        lead: (i, j) → how often i was left more than j so far, over earlier listeners; each cycle takes the direction
            that brings it nearer to 0. It is brought up to date.

    Returns:
        One (left, right) for each of `pairs`, in their order.
    """
    counts = Counter(pairs)
    odd = {pair for pair, count in counts.items() if count % 2}
    leftover: dict[Pair, Pair] = {}
    for cycle in _cycles(odd, rng):
        toward = sum(lead[_key(edge)] * _sign(edge) for edge in cycle)
        if toward > 0 or (toward == 0 and rng.random() < 0.5):
            cycle = [(right, left) for left, right in cycle]
        leftover.update((_key(edge), edge) for edge in cycle)
    for pair, edge in leftover.items():
        lead[pair] += _sign(edge)
    sides: dict[Pair, list[Pair]] = {}
    for pair, count in counts.items():
        both = [pair, (pair[1], pair[0])] * (count // 2) + ([leftover[pair]] if pair in leftover else [])
        rng.shuffle(both)
        sides[pair] = both
    return [sides[pair].pop() for pair in pairs]


def _cycles(edges: Iterable[Pair], rng: random.Random) -> Iterator[list[Pair]]:
    """Yield each edge of a simple graph once, with a direction, in cycles: at every vertex as many go out as come in.

    Vertices of odd degree are joined to one further vertex, which makes every degree even; its own edges are left out
    of what is yielded, so there it holds within one.
    """
    links: dict[int, list[int]] = defaultdict(list)
    for first, second in sorted(edges):
        links[first].append(second)
        links[second].append(first)
    for vertex in sorted(vertex for vertex, others in links.items() if len(others) % 2):
        links[vertex].append(_FURTHER)
        links[_FURTHER].append(vertex)
    for others in links.values():
        rng.shuffle(others)
    for start in list(links):
        walk = [start]
        while links[walk[-1]]:
            there = links[walk[-1]].pop()
            links[there].remove(walk[-1])
            if there in walk:
                first = walk.index(there)
                yield [edge for edge in zip(walk[first:], [*walk[first + 1:], there]) if _FURTHER not in edge]
                del walk[first + 1:]
            else:
                walk.append(there)


def _key(edge: Pair) -> Pair:
    return (min(edge), max(edge))


def _sign(edge: Pair) -> int:
    return 1 if edge[0] < edge[1] else -1


def spread_targets(sides: Sequence[Pair], rng: random.Random) -> list[str]:
    """Return for each ABX trial whether X is "A" or "B".

    Trials ordered by pair and side take A and B in turn; any stretch of that order holds as many of one as of the
    other, within one: each pair, each side of a pair, and the whole. It begins with A or B by chance.
    """
    order = sorted(range(len(sides)), key=lambda index: (_key(sides[index]), sides[index], rng.random()))
    turn = rng.randrange(2)
    targets = [""] * len(sides)
    for place, index in enumerate(order):
        targets[index] = "AB"[(place + turn) % 2]
    return targets
