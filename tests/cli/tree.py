#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A tree of processes with a thread and System V objects, which makes itself
in the same way each time; see doc/checkpoint.md.

  this one ── a child ── its child
          └── a child with a second thread

It prints "ready" when all are there, and ends with its standard input.
"""

import ctypes
import os
import signal
import sys
import threading

IPC_CREAT = 0o1000
libc = ctypes.CDLL(None)


def spawn(run):
    """Return when the child says that it is ready."""
    ready, tell = os.pipe()
    if os.fork() == 0:
        os.close(ready)
        run()
        os.write(tell, b'.')
        signal.pause()
    os.close(tell)
    if os.read(ready, 1) != b'.':
        sys.exit('a child has ended')
    os.close(ready)


def with_thread():
    threading.Thread(target=signal.pause, daemon=True).start()


def main():
    libc.shmget(0x1234, 4000, IPC_CREAT | 0o600)
    libc.semget(0, 3, IPC_CREAT | 0o600)
    libc.semget(0, 5, IPC_CREAT | 0o640)
    libc.msgget(0x77, IPC_CREAT | 0o600)
    spawn(lambda: spawn(lambda: None))
    spawn(with_thread)
    print('ready', flush=True)
    sys.stdin.read()


if __name__ == '__main__':
    main()
