#!/usr/bin/env python3
# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""Keeps the listings of a page true. Called by tutorial.sh, in the folder in which the page's commands are to run:

    tutorial_check.py SOURCES PAGE           fails where a listing or an output is not what the page shows
    tutorial_check.py SOURCES PAGE --write   writes the outputs of now into the page

A comment before a fenced block says what the block is:
    <!-- file: NAME -->      a file that the reader saves; it is saved here too, before the commands run
    <!-- listing: PATH -->   a part of a file of the sources; all parts, in order, must be the whole file without its first
                             comment
    <!-- excerpt: PATH -->   lines that follow each other in a file of the sources
Lines "$ COMMAND" of ```console blocks run in one shell, and the lines below each are its output. What depends on the
machine (lines of times, speed and memory) is compared without its numbers.
"""

import difflib
import pathlib
import re
import subprocess
import sys

MARK = "\x1e"
MACHINE = re.compile(r"^\s*(build time|run time|speed|machine|memory)\b|of memory")
STORED = re.compile(r"^(\s*synapses .*) in [0-9.]+ \w?B$")  # rows are cut by the number of threads


def blocks(text):
    """(what the comment before says, the block's language, number of its first line, its lines)"""
    lines, at = text.split("\n"), 0
    while at < len(lines):
        if not lines[at].startswith("```"):
            at += 1
            continue
        end = lines.index("```", at + 1)
        before = re.fullmatch(r"<!-- (file|listing|excerpt): (\S+) -->", lines[at - 1]) if at else None
        yield before and before.groups(), lines[at][3:], at + 1, lines[at + 1:end]
        at = end + 1


def comparable(lines):
    return [re.match(r"\s*\S+", line)[0] if MACHINE.search(line) else STORED.sub(r"\1", line.rstrip()) for line in lines]


def code(lines):
    """A file without the comment at its top and without empty lines, which a page may set elsewhere."""
    at = next((i for i, line in enumerate(lines) if not line.startswith("//")), 0)
    return [line for line in lines[at:] if line.strip()]


def check_listings(sources, found):
    parts, faults = {}, []
    for said, _, _, lines in found:
        if said and said[0] == "listing":
            parts.setdefault(said[1], []).extend(lines)
        elif said and said[0] == "excerpt" and "\n".join(lines) not in (sources / said[1]).read_text():
            faults.append(f"{said[1]}: not in it: {lines[0]} ...")
    for path, shown in parts.items():
        real = (sources / path).read_text().split("\n")
        faults += difflib.unified_diff(code(real), code(shown), path, "the page", lineterm="", n=0)
    return faults


def run_commands(found):
    """(line of the command, the command, the output shown, the output of now)"""
    commands = []
    for _, language, first, lines in found:
        if language == "console":
            for number, line in enumerate(lines, first):
                if line.startswith("$ "):
                    commands.append((number, line[2:], []))
                else:
                    commands[-1][2].append(line)
    script = "".join(f"printf '{MARK}'\n{command}\n" for _, command, _ in commands)
    ran = subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=120)
    outputs = ran.stdout.split(MARK)[1:]
    assert len(outputs) == len(commands), ran.stdout
    return [(*command, output.rstrip("\n").split("\n") if output.strip() else [])
            for command, output in zip(commands, outputs)]


def main():
    sources, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    text = page.read_text()
    found = list(blocks(text))
    for said, _, _, lines in found:
        if said and said[0] == "file":
            pathlib.Path(said[1]).write_text("\n".join(lines) + "\n")
    ran = run_commands(found)

    if "--write" in sys.argv:
        lines = text.split("\n")
        for number, _, shown, now in reversed(ran):
            lines[number + 1:number + 1 + len(shown)] = [line.rstrip() for line in now]
        page.write_text("\n".join(lines))
        return
    faults = check_listings(sources, found)
    for number, command, shown, now in ran:
        difference = list(difflib.unified_diff(comparable(shown), comparable(now), "the page", "now", lineterm="", n=0))
        if difference:
            faults += [f"{page.name}:{number + 1}: $ {command}", *difference[2:]]
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
