# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Cells. The native parameters are those of PyNN, in the same units; simulator.py turns them into izhi's when it builds a
network."""
from pyNN.standardmodels import build_translations, cells


def _unchanged(model):
    return build_translations(*[(name, name) for name in model.default_parameters])


class _Neuron:
    """What simulator.py needs to know of a neuron model.

    form: "simple" or "lif", izhi's model. synapses: what an arriving spike does, by izhi's name of it. weight_scale: izhi's
    unit of a weight in that of PyNN. shared: parameters that are the same for all neurons of a population of izhi; cells
    that differ in them get populations of their own."""
    form = "lif"
    synapses = "exponential"
    weight_scale = 1000.0  # nA to pA, uS to nS
    shared = ("tau_m", "cm", "v_rest", "v_thresh", "tau_refrac")
    reset_parameter = "v_reset"


class Izhikevich(_Neuron, cells.Izhikevich):
    __doc__ = cells.Izhikevich.__doc__
    translations = _unchanged(cells.Izhikevich)
    form = "simple"
    synapses = "delta"
    weight_scale = 1.0  # mV
    shared = ()
    reset_parameter = "c"


class IF_curr_delta(_Neuron, cells.IF_curr_delta):
    __doc__ = cells.IF_curr_delta.__doc__
    translations = _unchanged(cells.IF_curr_delta)
    synapses = "delta"
    weight_scale = 1.0  # mV


class IF_curr_exp(_Neuron, cells.IF_curr_exp):
    __doc__ = cells.IF_curr_exp.__doc__
    translations = _unchanged(cells.IF_curr_exp)
    shared = _Neuron.shared + ("tau_syn_E", "tau_syn_I")


class IF_curr_alpha(_Neuron, cells.IF_curr_alpha):
    __doc__ = cells.IF_curr_alpha.__doc__
    translations = _unchanged(cells.IF_curr_alpha)
    synapses = "alpha"
    shared = _Neuron.shared + ("tau_syn_E", "tau_syn_I")


class IF_cond_exp(_Neuron, cells.IF_cond_exp):
    __doc__ = cells.IF_cond_exp.__doc__
    translations = _unchanged(cells.IF_cond_exp)
    synapses = "conductance"
    shared = _Neuron.shared + ("tau_syn_E", "tau_syn_I", "e_rev_E", "e_rev_I")


class IF_cond_alpha(_Neuron, cells.IF_cond_alpha):
    __doc__ = cells.IF_cond_alpha.__doc__ + """
    izhi has no alpha conductances. They are made of exponential ones: a spike arrives once in each step for some 12 time
    constants, with weights that add up to the alpha function. So a synapse costs as much as 12 tau_syn / timestep of them."""
    translations = _unchanged(cells.IF_cond_alpha)
    synapses = "alpha-conductance"
    shared = IF_cond_exp.shared


class SpikeSourceArray(cells.SpikeSourceArray):
    __doc__ = cells.SpikeSourceArray.__doc__
    translations = _unchanged(cells.SpikeSourceArray)
    form = "spikes"
    shared = ()


class SpikeSourcePoisson(cells.SpikeSourcePoisson):
    __doc__ = cells.SpikeSourcePoisson.__doc__
    translations = _unchanged(cells.SpikeSourcePoisson)
    form = "poisson"
    shared = ()


class SpikeSourceGamma(cells.SpikeSourceGamma):
    __doc__ = cells.SpikeSourceGamma.__doc__
    translations = _unchanged(cells.SpikeSourceGamma)
    form = "spikes"
    shared = ()

    @staticmethod
    def intervals(generator, count, alpha, beta, **_):
        """Intervals between spikes [ms]."""
        return generator.gamma(alpha, 1000.0 / beta, count)


class SpikeSourcePoissonRefractory(cells.SpikeSourcePoissonRefractory):
    __doc__ = cells.SpikeSourcePoissonRefractory.__doc__
    translations = _unchanged(cells.SpikeSourcePoissonRefractory)
    form = "spikes"
    shared = ()

    @staticmethod
    def intervals(generator, count, rate, tau_refrac, **_):
        """Intervals between spikes [ms]."""
        return tau_refrac + generator.exponential(max(1000.0 / rate - tau_refrac, 0.0), count)


class _Missing:
    """A model that izhi does not have."""
    reason = ""

    def __init__(self, *arguments, **parameters):
        raise NotImplementedError("izhi.pynn has no %s%s" % (type(self).__name__, self.reason))


def _missing(name, reason=""):
    return type(name, (_Missing,), {"reason": reason, "__doc__": "Not available in izhi.pynn" + reason + "."})


_NEAREST = (": izhi has Izhikevich's neuron and leaky integrate-and-fire neurons (IF_curr_delta, IF_curr_exp, IF_curr_alpha, "
            "IF_cond_exp, IF_cond_alpha)")
EIF_cond_alpha_isfa_ista = _missing("EIF_cond_alpha_isfa_ista", _NEAREST)
EIF_cond_exp_isfa_ista = _missing("EIF_cond_exp_isfa_ista", _NEAREST)
HH_cond_exp = _missing("HH_cond_exp", _NEAREST)
GIF_cond_exp = _missing("GIF_cond_exp", _NEAREST)
IF_cond_exp_gsfa_grr = _missing("IF_cond_exp_gsfa_grr", _NEAREST)
IF_facets_hardware1 = _missing("IF_facets_hardware1", _NEAREST)
SpikeSourceInhGamma = _missing("SpikeSourceInhGamma", ": it has SpikeSourceGamma")
