# SPDX-License-Identifier: Apache-2.0
"""User namespaces that programs make inside, with the tools for them."""

import os

from harness import CliTest

# As it begins, and with a user namespace around.
OUTER = ([], ['-rpiu'], ['-cpiu'], ['-rpiu', '--map-auto'])


class Unshare(CliTest):
    def each(self, script, output):
        for options in OUTER:
            with self.subTest(options=options):
                self.expect(self.nsrun(*options, '--', 'sh', '-ec', script),
                            0, output)

    def test_root(self):
        self.each('unshare -Ur id -u; unshare -Ur id -g', '0\n0\n')
        self.each('unshare -Ur cat /proc/self/setgroups', 'deny\n')

    def test_all_at_once(self):
        self.each('unshare -Urpfui --mount-proc ps -e -o pid=,user=,comm=',
                  '      1 root     ps\n')

    def test_in_one_another(self):
        self.each('unshare -Ur unshare -Urpf --mount-proc unshare -Ur'
                  ' sh -c "id -u; echo \\$\\$"', '0\n1\n')
        self.each('unshare --map-user=5 --map-group=5 unshare --map-user=6'
                  ' sed "s/  */ /g" /proc/self/uid_map', ' 6 5 1\n')

    def test_names_are_the_owners(self):
        self.each('unshare -Ur hostname new 2>/dev/null || echo refused;'
                  ' unshare -Uru sh -c "hostname new; hostname"',
                  'refused\nnew\n')

    def test_files(self):
        self.each('cd "$(mktemp -d)"; unshare -Ur sh -c "touch a;'
                  ' chmod 4755 a; stat -c \\"%u %a\\" a; chown 1 a || :"'
                  ' 2>/dev/null; rm -r "$PWD"', '0 4755\n')

    def test_who_may_mount(self):
        self.each('unshare -Urpf mount -t proc proc /proc 2>/dev/null ||'
                  ' echo refused; unshare -Urmpf mount -t proc proc /proc',
                  'refused\n')

    def test_the_others_stay(self):
        own = '%u\n' % (os.getuid() or 65534)
        self.expect(self.nsrun('--', 'sh', '-c',
                               'unshare -Ur true; id -u; readlink'
                               ' /proc/self/ns/user | cut -d: -f1'),
                    0, own + 'user\n')

    def test_statuses_and_signals(self):
        self.each('unshare -Ur sh -c "exit 7" || echo $?;'
                  ' exec 2>&-; unshare -Ur sh -c "kill -TERM \\$\\$" || echo $?',
                  '7\n143\n')


BOX = '''
mkfifo gate
unshare -Urpfui --mount-proc sh -c 'hostname box; : > gate; exec sleep 1000' 2>/dev/null &
: < gate
box=$(ps -o pid= --ppid $! | tr -d ' ')
until [ "$(cat /proc/$box/comm)" = sleep ]; do :; done
'''


class Enter(CliTest):
    def box(self, script, output):
        for options in OUTER:
            with self.subTest(options=options):
                done = self.nsrun(*options, '--', 'sh', '-ec',
                                  'cd "$(mktemp -d)"' + BOX + script +
                                  '\nkill -9 $box 2>&- || :; rm -r "$PWD"')
                self.expect(done, 0, output)

    def test_nsenter(self):
        self.box('nsenter -t $box -U --preserve-credentials id -u;'
                 'nsenter -t $box -U -u --preserve-credentials hostname;'
                 'nsenter -t $box -U -p --preserve-credentials ps -e -o comm=',
                 '0\nbox\nsleep\nps\n')

    def test_a_link_that_is_kept(self):
        self.box('exec 7< /proc/$box/ns/user; kill -9 $box;'
                 'nsenter --user=/proc/self/fd/7 --preserve-credentials id -u',
                 '0\n')

    def test_without_the_right(self):
        self.box('nsenter -t $box -U --preserve-credentials'
                 ' nsenter -t $$ -u hostname 2>/dev/null || echo refused',
                 'refused\n')

    def test_lsns(self):
        self.box('lsns -n -t user -o NPROCS,COMMAND | grep -c "^ *2 [^ s]*unshare"',
                 '1\n')
