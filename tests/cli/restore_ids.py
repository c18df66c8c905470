#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives a tree of processes and System V objects the numbers back that
`nsrun ids NAME --json` has told of another one; see doc/checkpoint.md.

usage: nsrun -- restore_ids.py FILE
"""

import ctypes
import json
import os
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)
IPC_CREAT, IPC_EXCL = 0o1000, 0o2000


def write(name, value):
    with open(f'/proc/sys/kernel/{name}', 'w', encoding='ascii') as file:
        file.write(str(value))


def make_objects(ipc):
    for kind, make in (
            ('shm', lambda o, f: libc.shmget(o['key'], o['size'], f)),
            ('sem', lambda o, f: libc.semget(o['key'], o['nsems'], f)),
            ('msg', lambda o, f: libc.msgget(o['key'], f))):
        for obj in ipc[kind]:
            write(f'{kind}_next_id', obj['id'])
            obj['key'] = ctypes.c_int(obj['key']).value
            made = make(obj, obj['mode'] | IPC_CREAT | IPC_EXCL)
            if made != obj['id']:
                sys.exit(f'{kind} {obj["id"]} became {made}')


def run(number, children):
    """The process `number`: makes its children, one after the other, each
    with its own below it, and then stands for whoever it was."""
    for child in children.get(number, []):
        ready, made = os.pipe()
        write('ns_last_pid', child - 1)
        pid = os.fork()
        if pid == 0:
            os.close(ready)
            if os.getpid() != child:
                sys.exit(f'{child} became {os.getpid()}')
            run(child, children)
            os.write(made, b'.')
            signal.pause()
        os.close(made)
        if os.read(ready, 1) != b'.':
            sys.exit(f'{child} has not come')
        os.close(ready)


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        instance = json.load(file)['instances'][0]
    for namespace in instance['namespaces']:
        if namespace['type'] == 'ipc':
            make_objects(namespace)
    children = {}
    for task in sorted(instance['tasks'], key=lambda t: t['start']):
        if task['tid'] == task['tgid'] and task['ppid']:
            children.setdefault(task['ppid'][0], []).append(task['tgid'][0])
    run(1, children)
    print('ready', flush=True)
    sys.stdin.read()


if __name__ == '__main__':
    main()
