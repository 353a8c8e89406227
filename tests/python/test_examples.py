# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""The examples of apps/examples/python: they run, and say what is right."""
import pathlib
import subprocess
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "apps" / "examples" / "python"


def said(name):
    done = subprocess.run([sys.executable, str(FOLDER / name)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode()
    assert done.returncode == 0, text
    return text


class Examples(unittest.TestCase):
    def test_figure_2003(self):
        self.assertIn("hash 9fb5ab66c8ea3a82", said("figure_2003.py"))

    def test_stdp_window(self):
        self.assertEqual(len(said("stdp_window.py").splitlines()), 11)

    def test_sweep_pool(self):
        lines = said("sweep_pool.py").splitlines()
        rates = [float(line.split()[3]) for line in lines]
        self.assertEqual(rates, sorted(rates))
        self.assertIn("hash 9fb5ab66c8ea3a82", lines[2])

    def test_closed_loop(self):
        self.assertEqual(len(said("closed_loop.py").splitlines()), 5)


if __name__ == "__main__":
    unittest.main()
