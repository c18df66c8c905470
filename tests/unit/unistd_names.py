#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes UNISTD(number, name) for each call that <asm/unistd.h> names.

usage: unistd_names.py OUTPUT COMPILER [ARGUMENT...]
"""
import re
import subprocess
import sys


def main():
    output, compiler = sys.argv[1], sys.argv[2:]
    macros = subprocess.run(
        compiler + ["-E", "-dM", "-x", "c", "-include", "asm/unistd.h",
                    "/dev/null"],
        check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^#define __NR_(\w+) (\d+)$", macros, re.MULTILINE)
    if not rows:
        sys.exit("no __NR_ name in <asm/unistd.h>")
    with open(output, "w", encoding="ascii") as out:
        for name, nr in sorted(rows, key=lambda row: int(row[1])):
            out.write(f"UNISTD({nr}, {name})\n")


main()
