# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""izhi as a simulator for PyNN 0.10: `import izhi.pynn as sim`.

engine/python/README.md says what is supported, in which units, and where other simulators differ."""
import sys as _sys

import pyNN as _pyNN
from pyNN import common as _common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP
from pyNN.connectors import *  # noqa: F401,F403
from pyNN.connectors import FixedProbabilityConnector as _FixedProbabilityConnector
from pyNN.random import NumpyRNG, RandomDistribution  # noqa: F401
from pyNN.recording import get_io as _get_io
from pyNN.space import Space  # noqa: F401
from pyNN.standardmodels import StandardCellType as _StandardCellType

from . import simulator
from .populations import Assembly, Population, PopulationView
from .projections import NativeRNG, Projection
from .standardmodels.cells import (EIF_cond_alpha_isfa_ista, EIF_cond_exp_isfa_ista, GIF_cond_exp, HH_cond_exp,
                                   IF_cond_alpha, IF_cond_exp, IF_cond_exp_gsfa_grr, IF_curr_alpha, IF_curr_delta,
                                   IF_curr_exp, IF_facets_hardware1, Izhikevich, SpikeSourceArray, SpikeSourceGamma,
                                   SpikeSourceInhGamma, SpikeSourcePoisson, SpikeSourcePoissonRefractory)
from .standardmodels.electrodes import ACSource, DCSource, NoisyCurrentSource, StepCurrentSource
from .standardmodels.synapses import (AdditivePotentiationMultiplicativeDepression, AdditiveWeightDependence,
                                      ElectricalSynapse, GutigWeightDependence, MultiQuantalSynapse,
                                      MultiplicativeWeightDependence, STDPMechanism, SimpleStochasticSynapse,
                                      SpikePairRule, StaticSynapse, StochasticTsodyksMarkramSynapse,
                                      TsodyksMarkramSynapse, Vogels2011Rule)


def list_standard_models():
    """The names of the cell models of PyNN that izhi has."""
    return [name for name, each in globals().items()
            if isinstance(each, type) and issubclass(each, _StandardCellType) and not name.startswith("_")]


def setup(timestep=DEFAULT_TIMESTEP, min_delay=DEFAULT_MIN_DELAY, **extra_params):
    """Begins a new network. Times are in ms.

    max_delay: as for every simulator. Parameters of izhi's own: seed (1) of everything that izhi draws; threads, 0 (the
    default) for as many as are useful, which never changes a result; numerics ("published", "euler", "forward-euler",
    "accurate") of Izhikevich's neurons; spike_precision="off_grid" to read the spikes of SpikeSourceArray back at the given
    times instead of those of their steps. Parameters of other simulators have no effect."""
    _common.setup(timestep, min_delay, **extra_params)
    simulator.state.begin(timestep, min_delay, extra_params.get("max_delay", DEFAULT_MAX_DELAY), extra_params)
    return rank()


def end(compatible_output=True):
    """Writes the files that record() was asked for. Recorded data can still be read afterwards."""
    waiting, simulator.state.write_on_end = simulator.state.write_on_end, []
    for population, variables, file in waiting:
        population.write_data(_get_io(file), variables)


run, run_until = _common.build_run(simulator)
run_for = run
reset = _common.build_reset(simulator)
initialize = _common.initialize
get_current_time, get_time_step, get_min_delay, get_max_delay, num_processes, rank = \
    _common.build_state_queries(simulator)
create = _common.build_create(Population)
connect = _common.build_connect(Projection, _FixedProbabilityConnector, StaticSynapse)
set = _common.set
record = _common.build_record(simulator)


def record_v(source, filename):
    """Records v into a file, which end() writes."""
    return record(["v"], source, filename)


def record_gsyn(source, filename):
    """Records the synaptic conductances into a file, which end() writes."""
    return record(["gsyn_exc", "gsyn_inh"], source, filename)


# Scripts may also write `import pyNN.izhi as sim` after `import izhi.pynn`.
_sys.modules["pyNN.izhi"] = _pyNN.izhi = _sys.modules[__name__]
