# SPDX-License-Identifier: Apache-2.0
"""A Debian system that mmdebstrap makes as root inside, and packs: the tarball
has to be byte for byte the one that it makes as root of the machine.

It mounts /proc, /sys, /dev/pts and /dev/shm below the new root, in a namespace of
its own.
"""

import os
import shutil

import isolate
import real_debian

NAME = 'mmdebstrap'
TARBALL = 'system.tar'


def why_not():
    """Why it can't be tried here, or None."""
    if not shutil.which(NAME, path=isolate.SAFE_PATH):
        return f'not installed: {NAME}'
    if not real_debian.mirror() or not real_debian.suite():
        return 'apt has no mirror with debootstrap'
    return None


def make(arms, arm):
    """Returns the folder of the tarball, the status, and what was said."""
    folder = arms.folder(f'{NAME}-{arm}')
    source = f'deb {real_debian.mirror()} {real_debian.suite()} main'
    status, output = arms.run(arm, [
        'env', real_debian.PATH, 'SOURCE_DATE_EPOCH=1700000000',
        f'TMPDIR={folder}', NAME, '--variant=minbase', '--mode=root',
        real_debian.suite(), f'{folder}/{TARBALL}', source],
        real_debian.LIMIT, folder)
    return folder, status, output


def check(arms):
    """Returns (wrong, comments, why it was skipped)."""
    if why_not():
        return [], [], why_not()
    arms.prefixes['mounts'] = arms.prefixes['nsrun'][:-1] + [
        '-r', '--map-auto', '--', 'unshare', '--mount']
    arms.prefixes['machine'] = (arms.kernel_prefix or []) + ['unshare',
                                                             '--mount']
    made, status, output = make(arms, 'mounts')
    if status != 0 and 'Failed to fetch' in output:
        return [], [], 'the mirror can not be reached'
    if status != 0:
        return [f'status {status}\n{output[-2000:]}'], [], None
    size = os.path.getsize(f'{made}/{TARBALL}') >> 20
    if not isolate.is_root():
        return [], [f'{size} MiB'], None
    real, status, _ = make(arms, 'machine')
    if status != 0:
        return [], ["the machine's root can not run mmdebstrap here"], None
    status, output = arms.run('machine', ['cmp', f'{real}/{TARBALL}',
                                          f'{made}/{TARBALL}'],
                              real_debian.LIMIT, real)
    return [output] if status != 0 else [], [
        f"{size} MiB, as the machine's root makes them"], None
