# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""The figure of the paper of 2003: python3 figure_2003.py [PICTURE.png], which needs matplotlib; without it, only figures."""
import sys

import izhi

net = izhi.Network(seed=42)
exc = net.population("exc", 800, cell="excitatory-2003", noise_stddev=5)
inh = net.population("inh", 200, cell="inhibitory-2003", noise_stddev=2)
net.connect(exc, net.everyone, rule="all-to-all", weight=izhi.uniform(0, 0.5))
net.connect(inh, net.everyone, rule="all-to-all", weight=izhi.uniform(-1, 0))

sim = net.simulate()
sim.run(1000)
print("exc %.2f Hz, inh %.2f Hz, hash %s" % (sim["exc"].rate_hz(), sim["inh"].rate_hz(), sim.spike_hash))
if len(sys.argv) > 1:
    sim.plot().figure.savefig(sys.argv[1], dpi=150)
