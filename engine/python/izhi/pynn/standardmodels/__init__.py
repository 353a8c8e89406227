# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Standard models of PyNN that izhi has."""
