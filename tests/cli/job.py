# SPDX-License-Identifier: Apache-2.0
"""A job for the terminal tests: says when it runs, and when it runs again.

A shell gives the terminal to a job before it continues it, so at each of these
lines the keys of the terminal reach the job.
"""

import os
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGCONT, lambda *unused: os.write(1, b'continued\n'))
os.write(1, b'running\n')
while True:
    signal.pause()
