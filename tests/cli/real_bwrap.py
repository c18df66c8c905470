# SPDX-License-Identifier: Apache-2.0
"""Debian's bubblewrap, which makes its jails by mounts.

Each command line runs as an ordinary user in the kernel's namespaces and under
nsrun, as that user and as root of a user namespace, and has to say the same.
"""

import os
import shutil

import isolate

NAME = 'bwrap'
LIMIT = 600     # seconds, for one run; a fiftieth on a quiet machine

SYSTEM = ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/lib64', '/lib64',
          '--symlink', 'usr/lib', '/lib', '--symlink', 'usr/bin', '/bin']
JAIL = SYSTEM + ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp']
WHOLE = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc',
         '--tmpfs', '/tmp']

# What is mounted where, as far as it is bwrap's: without numbers and sizes.
MOUNTS = ('while read -r _ _ _ root point flags rest; do case $point in'
          ' /|/usr|/tmp|/dev|/proc|/dev/null|/dev/pts|/here|/there*)'
          ' rest=${rest#*- }; echo "$point $flags ${rest%% *}";; esac;'
          ' done </proc/self/mountinfo | sort')
LOOK = ('id -u; pwd; ls /; for f in / /tmp /dev /dev/* /usr /proc/self; do'
        ' stat -c "%A %N" $f; done | sed "s,/proc/[0-9]*,PID,";'
        ' touch /tmp/new && ls /tmp; touch /usr/new; echo x >/dev/null &&'
        ' head -c 3 /dev/zero | od -An -c; ' + MOUNTS)

# What it is about, and the command.
CASES = {
    'a look': ['bwrap', *JAIL, '--chdir', '/', '--', 'sh', '-c', LOOK],
    'all of it': ['bwrap', *WHOLE, '--', 'sh', '-c',
                   'cd /tmp; pwd; ls -a; touch x; ls; ' + MOUNTS +
                   '; echo $((1 + 1)) >y; cat y; cd /; pwd; touch /var/x'],
    'everything unshared': ['bwrap', '--unshare-all', *JAIL, '--chdir', '/',
                             '--', 'ps', '-e', '-o', 'pid=,ppid=,comm='],
    'names': ['bwrap', '--unshare-all', *JAIL, '--hostname', 'jail', '--uid',
               '7', '--gid', '8', '--setenv', 'A', 'b', '--unsetenv', 'HOME',
               '--dir', '/d/e', '--die-with-parent', '--new-session', '--',
               'sh', '-c', 'id -u; id -g; hostname; echo $A $HOME; cd /d/e &&'
               ' pwd; stat -c "%A %u %g" /d/e; ps -o sid= -p $$'],
    'lo': ['bwrap', '--unshare-all', *JAIL, '--', 'sh', '-c',
            'cat /sys/class/net/lo/operstate; cat /proc/net/dev |'
            ' cut -d: -f1'],
    'what is written': ['sh', '-c',
                         'mkdir here there && echo one >here/file &&'
                         ' bwrap ' + ' '.join(JAIL) +
                         ' --bind here /here --ro-bind there /there sh -c "'
                         'echo two >>/here/file; touch /there/x; cd /here;'
                         ' pwd; mv file other; mkdir d; ln other d/l; ls;'
                         ' rm /there; rmdir /there; mv other /tmp/o; ls"; cat'
                         ' here/d/l; ls there'],
    'data': ['sh', '-c', 'bwrap ' + ' '.join(JAIL) +
              ' --file 8 /f --perms 0640 --bind-data 9 /g'
              ' --ro-bind-data 7 /h sh -c "stat -c \'%A %s\' /f /g /h;'
              ' cat /f /g /h; echo more >>/g; echo more >>/h; cat /g /h"'
              ' 8</etc/hostname 9</etc/hostname 7</etc/hostname'],
    'a remount': ['bwrap', '--bind', '/usr', '/', '--symlink', 'lib64',
                   '/none', '--', '/bin/true'],
    'modes': ['bwrap', *JAIL, '--perms', '0700', '--tmpfs', '/there',
               '--perms', '0750', '--dir', '/there/d', '--chmod', '0500',
               '/there/d', '--size', '65536', '--tmpfs', '/there/e',
               '--remount-ro', '/there', '--', 'sh', '-c',
               'stat -c "%A %n" /there /there/d /there/e; touch /there/x'
               ' /there/e/x; ls /there/e'],
    'one in another': ['bwrap', '--unshare-user', '--unshare-pid', *WHOLE,
                        '--', 'bwrap', '--unshare-user', '--unshare-pid',
                        '--ro-bind', '/', '/', '--proc', '/proc', '--tmpfs',
                        '/mnt', '--', 'sh', '-c', 'echo $$; ls /mnt /tmp;'
                        ' touch /mnt/x && ls /mnt'],
    'a shell': ['bwrap', *JAIL, '--', 'bash', '-c',
                 'set -e; cd /tmp; mkdir -p a/b; for i in 1 2 3; do'
                 ' echo $i >a/b/$i; done; find . | sort; cat a/b/*;'
                 ' grep -r 2 a; tar -cf - a | tar -tf - | sort; cp -r a c;'
                 ' diff -r a c; rm -r a; ls; sort -r <<<$"b\na"'],
    'its own files': ['bash', '-c',
                      "printf '%s\\0' --unshare-pid --as-pid-1 --setenv A 1 >args;"
                      ' touch lock; bwrap ' + ' '.join(WHOLE) +
                      ' --bind lock /tmp/lock --lock-file /tmp/lock --args 5'
                      ' --info-fd 6 --json-status-fd 7 sh -c "echo $$ \\$\\$'
                      ' \\$A; ls /tmp" 5<args 6>info 7>status | sed 1d;'
                      ' grep -c child-pid info status;'
                      ' grep -o exit-code.* status'],
    'rights': ['sh', '-c', 'for c in "--cap-drop ALL" "--cap-add'
               ' CAP_SYS_ADMIN" "--cap-add CAP_NET_ADMIN --uid 3"; do bwrap'
               ' --unshare-user ' + ' '.join(WHOLE) + ' $c sh -c "id -u; grep'
               ' -E \\"Cap(Eff|Prm|Bnd|Inh|Amb)|NoNew\\" /proc/self/status;'
               ' mount -t tmpfs x /tmp 2>/dev/null; grep -c x.tmpfs'
               ' /proc/mounts"; done'],
    'what a program is': ['bwrap', *JAIL, '--unshare-pid', '--', 'sh', '-c',
                          'readlink /proc/self/exe /proc/1/root /proc/$$/cwd;'
                          ' cut -d" " -f6- /proc/self/maps | grep libc | sort'
                          ' -u; cat /proc/1/comm; ls -l /proc/self/fd | cut'
                          ' -c1 | sort | uniq -c | head -n 3; ldd /bin/cat | sed "s/ (.*//" |'
                          ' cut -d" " -f1-3; perl -e "print qq(perl\n)";'
                          ' printf "#!/bin/sh\necho script \$0\n" >/tmp/s;'
                          ' chmod 755 /tmp/s; /tmp/s; cd /tmp; ./s; PATH=/tmp s'],
    'sockets': ['bwrap', *JAIL, '--', 'perl', '-e',
                'use IO::Socket::UNIX; for my $p ("/tmp/s", "t") { chdir "/tmp";'
                ' my $l = IO::Socket::UNIX->new(Local => $p, Listen => 1) or'
                ' die "listen $!"; my $c = IO::Socket::UNIX->new(Peer => $p) or'
                ' die "connect $!"; my $a = $l->accept; print $c "hello\n";'
                ' $c->close; print <$a>; } print join(" ", sort glob("*")),'
                ' "\n"; unlink "s" or die; print -e "/tmp/s" ? 1 : 0, "\n"'],
    'refused': ['sh', '-c', 'bwrap --ro-bind /none / true;'
                 ' bwrap --ro-bind / / --ro-bind /usr /proc/self/x true;'
                 ' bwrap --tmpfs / --bind /none /x true'],
}


def compare(arms, name, folder, users):
    """Returns what is wrong."""
    command = CASES[name]
    said = {}
    for arm in (f'kernel jail {users}', f'nsrun jail {users}'):
        work = arms.folder(f'{folder}-{arm}'.replace(' ', '-'))
        status, output = arms.run(arm, command, LIMIT, work)
        said[arm] = f'status {status}\n{output}'.replace(work, 'WORK')
    one, two = said.values()
    return [] if one == two else [f'{name}, {users}: {one}\nnsrun: {two}']


def check_bwrap(arms):
    """Returns (wrong, comments, why it was skipped)."""
    if not shutil.which('bwrap', path=isolate.SAFE_PATH):
        return [], [], 'not installed: bwrap'
    if not isolate.is_root():
        return [], [], 'the kernel gives the namespaces around to root alone'
    status, output = arms.run('kernel', ['bwrap', '--ro-bind', '/', '/',
                                         'true'], LIMIT, os.path.sep)
    if status != 0:
        return [], [], f'the kernel refuses it: {output}'
    drop = isolate.drop_privileges()
    start = arms.prefixes['nsrun'][:-1] + ['-p', '-i', '-u', '-n']
    arms.prefixes['kernel jail user'] = arms.prefixes['kernel']
    arms.prefixes['nsrun jail user'] = start + ['--']
    arms.prefixes['kernel jail root'] = drop + [
        'unshare', '--user', '--map-root-user', '--pid', '--fork', '--ipc',
        '--uts', '--net', '--mount-proc', '--kill-child']
    arms.prefixes['nsrun jail root'] = start + ['-r', '--']
    wrong = []
    for number, name in enumerate(CASES):
        for users in 'user', 'root':
            wrong += compare(arms, name, f'bwrap-{number}', users)
    return wrong, [f'{len(CASES)} command lines, twice each'], None
