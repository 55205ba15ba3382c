"""Which of many regexes can match a text that begins in some way: an automaton that grows with what it is asked.

It follows all regexes at once, character by character, and passes over what it can't tell (what an assertion behind
the front asks, what a group captured): what it rules out can't match, the rest has to be tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from medlfm.matching.phi.before import Before
from medlfm.matching.phi.symbols import ALL, Node, UnsureError, characters, nodes_of, symbol

__all__ = ["Prefixes", "State"]

_Way = tuple[frozenset[str], int]  # characters, and the step after them
_KEPT = 20_000  # states of the automaton
_OFTEN = 2  # times that a part may be repeated, beyond which it may be so without end
_LEAST = 12  # times that a part must be repeated, beyond which they are not counted
_NO_CHARS: frozenset[str] = frozenset()


class State:
    """What can still follow: steps of all regexes, by their numbers; `alive` are the numbers of these regexes."""

    __slots__ = ("alive", "following", "steps", "ways")

    def __init__(self, steps: frozenset[int], alive: tuple[int, ...]) -> None:
        self.steps, self.alive = steps, alive
        self.following: dict[str, State] = {}
        self.ways: list[_Way] = []


class Prefixes:
    """Asked with the front of a text, and with what stands before it.

    regexes: as `parsed` returns them, by their numbers. One that begins with lookaheads has several parts, all of
    which must match.
    """

    def __init__(self, regexes: Mapping[int, Sequence[Node]]) -> None:
        self._steps = _Steps()
        self._owners: list[int] = []  # of each part, the number of its regex
        self._together: list[frozenset[int]] = []  # parts of one regex
        first: list[int] = []
        for number, nodes in regexes.items():
            parts = [nodes, *_lookaheads(nodes)]
            if len(parts) > 1:
                self._together.append(frozenset(range(len(self._owners), len(self._owners) + len(parts))))
            for part in parts:
                first.append(self._steps.add(part, len(self._owners)))
                self._owners.append(number)
        self._before = Before(regexes)
        self._states: dict[frozenset[int], State] = {}
        self._first = self._state(frozenset(first))

    def state(self, front: str) -> State:
        """Return the state after the front of a text: the same object for all that can go on in the same ways."""
        state = self._first
        for char in front:
            state = state.following.get(char) or self._follow(state, char)
            if not state.steps:
                break
        return state

    def allowed(self, before: str) -> frozenset[int]:
        """Return the numbers of the regexes that can match behind two characters; fewer at the front of a text."""
        return self._before.allowed(before)

    def _follow(self, state: State, char: str) -> State:
        like = symbol(char)
        following = state.following.get(like)
        if following is None:
            if len(self._states) > _KEPT:
                self._states.clear()
                self._first.following.clear()
            if not state.ways:
                state.ways = [way for step in state.steps for way in self._steps.ways(step)]
            following = self._state(frozenset([after for chars, after in state.ways if like in chars]))
            state.following[like] = following
        state.following[char] = following
        return following

    def _state(self, steps: frozenset[int]) -> State:
        """Return the state of some steps, without those of regexes of which a part can't match any more."""
        state = self._states.get(steps)
        if state is None:
            part_of = self._steps.parts
            parts = set(map(part_of.__getitem__, steps))
            dead = {part for each in self._together if not each <= parts for part in each & parts}
            kept = frozenset([step for step in steps if part_of[step] not in dead]) if dead else steps
            alive = tuple(sorted({self._owners[part] for part in parts - dead}))
            state = self._states[steps] = self._states.setdefault(kept, State(kept, alive))
        return state


class _Steps:
    """The steps of all regexes (of a nondeterministic automaton): a character to pass, or ways to go on."""

    def __init__(self) -> None:
        self.parts: list[int] = []  # of each step, the part of a regex that it belongs to
        self._nodes: list[Node | None] = []  # what it passes: a single character or the end of a line; None: nothing
        self._next: list[tuple[int, ...]] = []  # where it goes on
        self._ways: dict[int, tuple[_Way, ...]] = {}

    def add(self, nodes: Sequence[Node], part: int) -> int:
        """Add the steps of a part; returns the first of them."""
        done = self._new(part, None, ())
        self._ways[done] = ((ALL, done),)  # whatever follows
        return self._sequence(nodes, part, done, done)

    def ways(self, step: int) -> tuple[_Way, ...]:
        """Return pairs: characters that a step can pass, and the step after them."""
        if step not in self._ways:
            self._ways[step] = tuple(self._passed(step, set()))
        return self._ways[step]

    def _passed(self, step: int, seen: set[int]) -> list[_Way]:
        if step in self._ways:
            return list(self._ways[step])
        if step in seen:
            return []
        seen.add(step)
        node, following = self._nodes[step], self._next[step]
        if node is not None and node[0] != "AT":
            try:
                return [(characters(*node), following[0])]
            except UnsureError:
                return [(ALL, following[0])]
        ways = [way for each in following for way in self._passed(each, seen)]
        if node is None:
            return ways
        left = frozenset("\n") if node[1].name == "AT_END" else _NO_CHARS
        return [(chars & left, after) for chars, after in ways if chars & left]

    def _new(self, part: int, node: Node | None, following: tuple[int, ...]) -> int:
        self.parts.append(part)
        self._nodes.append(node)
        self._next.append(following)
        return len(self.parts) - 1

    def _sequence(self, nodes: Sequence[Node], part: int, following: int, done: int) -> int:
        for node in reversed(nodes):
            following = self._step(node, part, following, done)
        return following

    def _step(self, node: Node, part: int, following: int, done: int) -> int:
        """Return the first step of a part of a regex that goes on with `following`."""
        operation, arguments, flags = node
        if operation in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
            return self._new(part, node, (following,))
        if operation == "ASSERT_NOT" and not arguments[1].data:
            return self._new(part, None, ())  # "(?!)" matches nothing
        if operation == "AT":
            return self._new(part, node, (following,)) if arguments.name.startswith("AT_END") else following
        if operation in ("ASSERT", "ASSERT_NOT"):
            return following
        if operation == "SUBPATTERN":
            _, added, removed, inner = arguments
            return self._sequence(nodes_of(inner, (flags | added) & ~removed), part, following, done)
        if operation == "ATOMIC_GROUP":
            return self._sequence(nodes_of(arguments, flags), part, following, done)
        if operation == "BRANCH":
            ways = [self._sequence(nodes_of(each, flags), part, following, done) for each in arguments[1]]
            return self._new(part, None, tuple(ways))
        if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeated(node, part, following, done)
        return done if operation != "FAILURE" else self._new(part, None, ())

    def _repeated(self, node: Node, part: int, following: int, done: int) -> int:
        _, (low, high, inner), flags = node
        nodes = nodes_of(inner, flags)
        if int(high) - low > _OFTEN or low > _LEAST:
            again = self._new(part, None, ())
            self._next[again] = following, self._sequence(nodes, part, again, done)
            following = again
        else:
            leave = following
            for _ in range(int(high) - low):
                following = self._new(part, None, (leave, self._sequence(nodes, part, following, done)))
        for _ in range(min(low, _LEAST)):
            following = self._sequence(nodes, part, following, done)
        return following


def _lookaheads(nodes: Sequence[Node]) -> list[list[Node]]:
    """Return what the lookaheads at the front of a regex ask for."""
    found = []
    for operation, arguments, flags in nodes:
        if operation == "ASSERT" and arguments[0] > 0:
            found.append(nodes_of(arguments[1], flags))
        elif operation not in ("AT", "ASSERT", "ASSERT_NOT"):
            break
    return found
