# SPDX-License-Identifier: Apache-2.0
"""A Debian system that an ordinary user makes, enters and packs, under nsrun.

debootstrap makes it, with packages that add users and have programs with set-id
bits, and each file has to be of the type, mode and owner that debootstrap gives it
as root of the machine. In it, by chroot, packages are counted, a user is added and
become, becomes root by sudo, and logs in by OpenSSH's server, which parts
with its privilege in a root of its own; a package is installed from outside of it;
and tar packs it, and unpacks it again to the same. Mirror and suite are this
machine's own.
"""

import os
import re
import shutil
import subprocess

import isolate

NAME = 'debootstrap'
LIMIT = 1200    # seconds, for one run; natively 60, on an idle machine
PACKAGES = 'openssh-server,openssh-client,sudo,at'
NEEDS = ['debootstrap', 'dpkg-deb', 'apt-cache', 'tar']
PATH = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'
LISTING = ('cd {} && find . -path ./proc -prune -o'
           ' -printf "%p %y %m %U:%G %l\\n" | LC_ALL=C sort')

PACKAGE = r'''
mkdir -p p/DEBIAN p/usr/share/probe
printf '%s\n' 'Package: probe' 'Version: 1' 'Architecture: all' \
    'Maintainer: a <b@c>' 'Description: d' >p/DEBIAN/control
printf '#!/bin/sh\nid -u >/usr/share/probe/id; pwd\n' >p/DEBIAN/postinst
echo text >p/usr/share/probe/file
chown 0:8 p/usr/share/probe/file && chmod 2755 p/usr/share/probe/file &&
    chmod 755 p/DEBIAN/postinst && dpkg-deb -b p probe.deb >/dev/null &&
    dpkg --root="$PWD/system" --log=log -i probe.deb 2>&1 | grep ^/
stat -c '%a %u:%g' system/usr/share/probe/file
cat system/usr/share/probe/id
'''
PACKAGE_SAYS = '/\n2755 0:8\n0\n'

INSIDE = r'''
id -u
dpkg -l | grep -c '^ii'
apt-get --version | head -n 1 | cut -d ' ' -f 1
su - daemon -s /bin/sh -c id
useradd -m probe && id probe && stat -c '%a %U:%G' ~probe
su probe -c 'cat /etc/shadow' 2>&1 | sed 's/.*: //'
echo 127.0.0.1 "$(hostname)" >>/etc/hosts
echo 'probe ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/probe
su probe -c 'sudo id -u; sudo -u daemon id -un; sudo touch /etc/by-sudo' 2>&1
stat -c '%a %U:%G' /etc/by-sudo /usr/bin/at
install -m 640 /dev/null empty && stat -c '%a %s' empty && rm empty
stat -c '%a %U:%G %t:%T' /etc/shadow /dev/null /usr/bin/su
echo x >/dev/null && readlink /bin/sh && pwd
'''
INSIDE_SAYS = r'''0
\d+
apt
uid=1\(daemon\) gid=1\(daemon\) groups=1\(daemon\)
uid=1000\(probe\) gid=1000\(probe\) groups=1000\(probe\)
\d+ probe:probe
Permission denied
0
daemon
644 root:root
6755 daemon:daemon
640 0
640 root:shadow 0:0
666 root:root 1:3
4755 root:root 0:0
dash
/
'''

SSH = r'''
mount -t proc proc /proc && mkdir -p /run/sshd
useradd -m -s /bin/sh guest && usermod -p '*' guest
su guest -c 'mkdir -m 700 ~/.ssh && ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/key &&
    cp ~/.ssh/key.pub ~/.ssh/authorized_keys'
/usr/sbin/sshd -p 22 -o UsePAM=no
# sshd leaves its starter first and listens then
su guest -c 'ssh -q -i ~/.ssh/key -o StrictHostKeyChecking=no \
    -o ConnectionAttempts=60 guest@127.0.0.1 id'
'''
SSH_SAYS = r'uid=1001\(guest\) gid=1001\(guest\) groups=1001\(guest\)\n'

PACK = r'''
tar -C system --exclude=./proc --sort=name -cf one.tar . &&
    mkdir again && tar -C again -xpf one.tar --numeric-owner &&
    tar -C again --sort=name -cf two.tar . &&
    tar -tvf one.tar --numeric-owner >one && tar -tvf two.tar --numeric-owner >two &&
    cmp one two && wc -l <one
'''


def mirror():
    """Where apt has debootstrap from, or None."""
    said = subprocess.run(['apt-cache', 'policy', 'debootstrap'],
                          capture_output=True, encoding='utf-8', check=False,
                          env={'PATH': isolate.SAFE_PATH, 'LC_ALL': 'C'})
    found = re.search(r'https?://\S+', said.stdout)
    return found.group(0) if found else None


def suite():
    with open('/etc/os-release', encoding='utf-8') as file:
        found = re.search(r'^VERSION_CODENAME=(\w+)', file.read(), re.M)
    return found.group(1) if found else None


def why_not():
    """Why it can't be tried here, or None."""
    missing = [name for name in NEEDS
               if not shutil.which(name, path=isolate.SAFE_PATH)]
    if missing:
        return f'not installed: {" ".join(missing)}'
    if not mirror():
        return 'apt has no mirror with debootstrap'
    if not suite() or not os.path.exists(
            f'/usr/share/debootstrap/scripts/{suite()}'):
        return 'debootstrap does not know this system'
    return None


def make(arms, arm, folder, name):
    return arms.run(arm, ['env', PATH, 'debootstrap', '--variant=minbase',
                          f'--include={PACKAGES}',
                          f'--cache-dir={folder}/cache', suite(),
                          f'{folder}/{name}', mirror()], LIMIT, folder)


def differences(kernel, nsrun):
    """Lines of one listing that the other lacks; a few of them."""
    mine, theirs = set(nsrun.split('\n')), set(kernel.split('\n'))
    return [f'-{line}' for line in sorted(theirs - mine)[:10]] + \
           [f'+{line}' for line in sorted(mine - theirs)[:10]]


def compare(arms, folder):
    """Returns (wrong, comments): against what the machine's root makes."""
    status, _ = make(arms, 'machine', folder, 'real')
    if status != 0:
        return [], ['the machine\'s root can not run debootstrap here']
    _, real = arms.run('machine', ['sh', '-c', LISTING.format('real')], LIMIT,
                       folder)
    _, made = arms.run('all', ['sh', '-c', LISTING.format('system')], LIMIT,
                       folder)
    return differences(real, made), [
        f'{len(made.splitlines())} files, as the machine\'s root makes them']


def check_debian(arms):
    """Returns (wrong, comments, why it was skipped)."""
    if why_not():
        return [], [], why_not()
    arms.prefixes['all'] = arms.prefixes['nsrun'][:-1] + ['-r', '--map-auto',
                                                          '--']
    arms.prefixes['net'] = arms.prefixes['nsrun'][:-1] + [
        '-r', '--map-auto', '-p', '-i', '-u', '-n', '--']
    arms.prefixes['machine'] = (arms.kernel_prefix or []) + ['unshare',
                                                             '--mount']
    folder = arms.folder('debian')
    os.mkdir(f'{folder}/cache', 0o777)
    os.chmod(f'{folder}/cache', 0o777)
    status, output = make(arms, 'all', folder, 'system')
    if status != 0 and ('getting release file' in output
                        or "Couldn't download" in output):
        return [], [], 'the mirror can not be reached'
    if status != 0:
        return [f'debootstrap: status {status}\n{output[-2000:]}'], [], None
    wrong, comments = compare(arms, folder) if isolate.is_root() else ([], [])
    enter = ['chroot', 'system', '/bin/sh', '-c']
    for arm, command, says in (
            ('all', ['sh', '-c', PACKAGE], re.escape(PACKAGE_SAYS)),
            ('all', [*enter, INSIDE], INSIDE_SAYS),
            ('net', [*enter, SSH], SSH_SAYS),
            ('all', ['sh', '-c', PACK], r'\d+\n')):
        status, output = arms.run(arm, ['env', PATH, *command], LIMIT, folder)
        if status != 0 or not re.fullmatch(says, output):
            wrong.append(f'{command[-1]}\nstatus {status}:\n{output[-2000:]}')
    return wrong, comments, None
