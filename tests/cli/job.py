# SPDX-License-Identifier: Apache-2.0
"""A job for the terminal tests: says when it runs, and when it runs again.

A shell gives the terminal to a job before it continues it, so at each of these
lines the keys of the terminal reach the job.
"""

import os
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)
# Waited for, not handled: a handler that is due just before pause() waits.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCONT])
os.write(1, b'running\n')
while True:
    signal.sigwait([signal.SIGCONT])
    os.write(1, b'continued\n')
