# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Network files as text: values of Python become TOML."""
from __future__ import annotations

import math

from ._c import Error


class Distribution:
    """A distribution of a parameter, a weight or a delay, as engine/io/NETWORK_FILE.md describes it. Made by
    izhi.uniform() and the like."""

    def __init__(self, **table):
        self.table = table

    def clip(self, low: float, high: float) -> Distribution:
        """The same, with draws beyond the bounds set to them."""
        return Distribution(clip=[low, high], **self.table)

    def redraw(self, low: float, high: float) -> Distribution:
        """The same, with draws beyond the bounds drawn again."""
        return Distribution(redraw=[low, high], **self.table)

    def __repr__(self):
        return "izhi.Distribution(%s)" % toml(self.table)


def uniform(low: float, high: float) -> Distribution:
    """Evenly distributed in [low, high]."""
    return Distribution(uniform=[low, high])


def normal(mean: float, stddev: float) -> Distribution:
    """Normally distributed. The tails need .clip(low, high) or .redraw(low, high)."""
    return Distribution(normal=[mean, stddev])


def spread(low: float, high: float) -> Distribution:
    """For delays of rules with a fixed number: the synapses of a neuron have evenly spread delays [ms]."""
    return Distribution(spread=[low, high])


def _number(value, what):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -2**63 <= value < 2**63:
            raise Error("%s is %d, which is too large" % (what, value))
        return str(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = repr(float(value))
    return text if any(mark in text for mark in ".en") else text + ".0"


def _string(text):
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"%s"' % "".join(
        escapes.get(each, each if each >= " " and each != "\x7f" else "\\u%04x" % ord(each)) for each in text)


def toml(value, what="the value"):
    """A value as TOML."""
    if isinstance(value, Distribution):
        value = value.table
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict):
        return "{ %s }" % ", ".join("%s = %s" % (key, toml(each, what)) for key, each in value.items())
    if hasattr(value, "tolist"):  # numpy
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(toml(each, what) for each in value)
    if isinstance(value, (bool, int, float)):
        return _number(value, what)
    name = getattr(value, "name", None)
    if isinstance(name, str):  # a population or projection
        return _string(name)
    raise Error("%s is %r; allowed: a number, a text, a list, a table, a distribution" % (what, value))


def section(group, name, keys):
    """One section of a network file. Keys that are None are left out."""
    head = "[%s.%s]" % (group, name) if name is not None else "[%s]" % group
    lines = [head] + ["%s = %s" % (key, toml(value, key)) for key, value in keys.items() if value is not None]
    return "\n".join(lines) + "\n"
