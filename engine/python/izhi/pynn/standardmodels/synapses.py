# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Synapses. The native parameters are those of PyNN, in the same units; simulator.py turns them into izhi's when it builds
a network."""
from pyNN.standardmodels import build_translations, synapses

from ..simulator import state
from .cells import _missing


def _unchanged(model):
    return build_translations(*[(name, name) for name in model.default_parameters])


class _Delayed:
    def _get_minimum_delay(self):
        return state.shortest_possible_delay


class StaticSynapse(_Delayed, synapses.StaticSynapse):
    __doc__ = synapses.StaticSynapse.__doc__
    translations = _unchanged(synapses.StaticSynapse)


class TsodyksMarkramSynapse(_Delayed, synapses.TsodyksMarkramSynapse):
    __doc__ = synapses.TsodyksMarkramSynapse.__doc__
    translations = _unchanged(synapses.TsodyksMarkramSynapse)


class SimpleStochasticSynapse(_Delayed, synapses.SimpleStochasticSynapse):
    __doc__ = synapses.SimpleStochasticSynapse.__doc__ + """
    The draws are made in Python after every step, so a network with such synapses runs step by step."""
    translations = _unchanged(synapses.SimpleStochasticSynapse)


class STDPMechanism(_Delayed, synapses.STDPMechanism):
    __doc__ = synapses.STDPMechanism.__doc__
    base_translations = build_translations(("weight", "weight"), ("delay", "delay"),
                                           ("dendritic_delay_fraction", "dendritic_delay_fraction"))

    def _build_translations(self):
        for part, what in ((self.timing_dependence, "timing_dependence"), (self.weight_dependence, "weight_dependence")):
            if part is None:
                raise ValueError("STDPMechanism needs a %s" % what)
        if self.voltage_dependence is not None:
            raise NotImplementedError("izhi.pynn has no voltage dependence of STDPMechanism")
        self.translations = dict(self.base_translations)
        for part in (self.timing_dependence, self.weight_dependence):
            self.translations.update(part.translations)


class SpikePairRule(synapses.SpikePairRule):
    __doc__ = synapses.SpikePairRule.__doc__
    translations = _unchanged(synapses.SpikePairRule)


class AdditiveWeightDependence(synapses.AdditiveWeightDependence):
    __doc__ = synapses.AdditiveWeightDependence.__doc__
    translations = _unchanged(synapses.AdditiveWeightDependence)
    exponents = (0.0, 0.0)  # of potentiation and depression


class MultiplicativeWeightDependence(synapses.MultiplicativeWeightDependence):
    __doc__ = synapses.MultiplicativeWeightDependence.__doc__
    translations = _unchanged(synapses.MultiplicativeWeightDependence)
    exponents = (1.0, 1.0)


class AdditivePotentiationMultiplicativeDepression(synapses.AdditivePotentiationMultiplicativeDepression):
    __doc__ = synapses.AdditivePotentiationMultiplicativeDepression.__doc__
    translations = _unchanged(synapses.AdditivePotentiationMultiplicativeDepression)
    exponents = (0.0, 1.0)


class GutigWeightDependence(synapses.GutigWeightDependence):
    __doc__ = synapses.GutigWeightDependence.__doc__
    translations = _unchanged(synapses.GutigWeightDependence)
    exponents = None  # mu_plus and mu_minus of each synapse


_ONES = ": it has StaticSynapse, TsodyksMarkramSynapse, STDPMechanism and SimpleStochasticSynapse"
ElectricalSynapse = _missing("ElectricalSynapse", _ONES)
StochasticTsodyksMarkramSynapse = _missing("StochasticTsodyksMarkramSynapse", _ONES)
MultiQuantalSynapse = _missing("MultiQuantalSynapse", _ONES)
Vogels2011Rule = _missing("Vogels2011Rule", ": it has SpikePairRule")
