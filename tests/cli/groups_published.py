#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Counts polychronous groups by the rules of the published MATLAB program (polychron.m and polygroup.m beside Izhikevich 2006),
in double precision and with nothing of izhi: every neuron in every step, links by the last spike of each neuron, one path length for
each neuron, anchors that fire by a current of 1,000.

    groups_published.py EXCITATORY NEURONS SHARE PATH FROM_EXC.csv FROM_INH.csv MOTHER...

The first EXCITATORY of the NEURONS are RS, the others FS. The files are those of izhi run --weights and izhi show
--synapses; the sources of the second count from 0 within the inhibitory neurons. Weights are bounded by 10. Prints "mother,groups".
For the network polychrony after izhi run polychrony --duration 18000s --weights weights:

    izhi show polychrony --synapses drawn.csv
    groups_published.py 800 1000 0.95 7 weights/synapses-exc-to-all.csv drawn-inh-to-exc.csv 0 120 300 718
"""
import collections
import csv
import itertools
import sys

import numpy as np

LONGEST, DURATION, BOUND = 20, 150, 10.0


def read(file, first_source):
    with open(file) as stream:
        return [(first_source + int(row["source"]), int(row["target"]), float(row["weight"]), round(float(row["delay_ms"])))
                for row in csv.DictReader(stream)]


class Published:
    def __init__(self, excitatory, neurons, share, synapses):
        self.least, self.neurons = share * BOUND, neurons
        outgoing, incoming = collections.defaultdict(list), collections.defaultdict(list)
        for source, target, weight, delay in synapses:
            if target < excitatory and 0 < weight <= self.least:
                weight = 0.0
            outgoing[source].append((target, delay, weight))
            incoming[target].append((source, delay, weight))
        columns = lambda rows: tuple(np.array(column) for column in zip(*rows)) if rows else (np.array([], int),) * 3
        self.outgoing = [columns(outgoing[n]) for n in range(neurons)]
        self.incoming = [columns(incoming[n]) for n in range(neurons)]
        inhibitory = np.arange(neurons) >= excitatory
        self.a, self.d = np.where(inhibitory, 0.1, 0.02), np.where(inhibitory, 2.0, 8.0)

    def follow(self, anchors, steps):
        """The links (from, to) in their order, and the number of spikes."""
        v = np.full(self.neurons, -70.0)
        u = 0.2 * v
        current = np.zeros((DURATION + LONGEST + 2, self.neurons))
        last = np.full(self.neurons, -DURATION)
        for anchor, step in zip(anchors, steps):
            current[step + 1, anchor] = 1000.0
        links, spikes = [], 0
        for t in range(1, DURATION + 1):
            for _ in range(2):
                v = v + 0.5 * ((0.04 * v + 5) * v + 140 - u + current[t])
            u = u + self.a * (0.2 * v - u)
            fired = np.flatnonzero(v >= 30)
            v[fired] = -65
            u[fired] += self.d[fired]
            last[fired] = t
            spikes += len(fired)
            for neuron in fired:
                target, delay, weight = self.outgoing[neuron]
                np.add.at(current, (t + delay, target), weight)
                source, delay, weight = self.incoming[neuron]
                arrived = last[source] + delay
                links += [(source[i], neuron) for i in np.flatnonzero((arrived < t) & (arrived > t - 10) & (weight > 0))]
        return links, spikes

    def groups_of(self, mother, least_path):
        source, delay, weight = self.incoming[mother]
        strong = np.flatnonzero(weight > self.least)
        found = 0
        for chosen in itertools.combinations(strong, 3):
            anchors = [source[i] for i in chosen]
            links, spikes = self.follow(anchors, [LONGEST - delay[i] for i in chosen])
            if spikes <= least_path:
                continue
            path = collections.Counter()
            for start, end in links:
                path[end] = max(path[end], 1 + path[start])
            useful = collections.Counter(start for start, _ in links)
            found += max(path.values(), default=0) >= least_path and all(useful[anchor] >= 2 for anchor in anchors)
        return found


excitatory, neurons = map(int, sys.argv[1:3])
share, least_path = float(sys.argv[3]), int(sys.argv[4])
published = Published(excitatory, neurons, share, read(sys.argv[5], 0) + read(sys.argv[6], excitatory))
for mother in map(int, sys.argv[7:]):
    print(f"{mother},{published.groups_of(mother, least_path)}", flush=True)
