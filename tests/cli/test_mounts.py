# SPDX-License-Identifier: Apache-2.0
"""Mounts inside, by util-linux's tools; and what is left of them."""

import glob
import os
import shutil
import signal
import subprocess

from harness import CliTest, LIMIT, descendants, ended

# With a user namespace from the start, and without.
WAYS = ((['-r'], 'unshare -m'), (['-rp'], 'unshare -m'), (['-p'], 'unshare -Urm'),
        (['-r', '--no-agent'], 'unshare -m'))


def left():
    """Folders of instances that have mounted something."""
    return glob.glob(f'{os.environ["TMPDIR"]}/nsrun-mounts-*')


class Mounts(CliTest):
    def each(self, script, output, errors=''):
        for options, unshare in WAYS:
            with self.subTest(options=options):
                done = self.nsrun(*options, '--', *unshare.split(), 'sh', '-c',
                                  'cd "$(mktemp -d)" && ' + script)
                self.expect(done, 0, output, errors)
                self.assertEqual(left(), [])

    def test_tmpfs(self):
        self.each('mkdir m; mount -t tmpfs name m; echo a >m/f; cat m/f;'
                  ' mountpoint -q m && findmnt -rno SOURCE,FSTYPE,OPTIONS m;'
                  ' stat -f -c %T m; umount m; ls m',
                  'a\nname tmpfs rw,relatime\ntmpfs\n')

    def test_bind(self):
        self.each('mkdir a b; touch a/f; mount --bind a b; ls b; cd b; pwd |'
                  ' sed "s,.*/,,"; cd ..; mount -o remount,bind,ro b;'
                  ' touch b/g 2>/dev/null || touch a/g; ls b; umount b; ls b',
                  'f\nb\nf\ng\n')

    def test_trees(self):
        self.each('mkdir a b; mount -t tmpfs x a; mkdir a/s; mount -t tmpfs y'
                  ' a/s; touch a/s/f; mount --rbind a b; ls b/s; findmnt -rno'
                  ' SOURCE -R $PWD/b; umount -R b; ls b; mount --move a b'
                  ' 2>/dev/null;'
                  ' ls b/s', 'f\nx\ny\nf\n')

    def test_a_shell_stays_where_it_is(self):
        self.each('mkdir m; mount -t tmpfs x m; (cd m; mkdir d; cd d; touch f;'
                  ' mv f ../g; cd ..; ls; rmdir d; cat <g; test -e ../m/g &&'
                  ' echo there)', 'd\ng\nthere\n')

    def test_chroot(self):
        self.each('mkdir m; mount -t tmpfs x m; mkdir m/usr m/proc; mount'
                  ' --rbind /usr m/usr; for l in bin lib lib64; do ln -s'
                  ' usr/$l m/$l; done; mount --rbind /proc m/proc; chroot m sh -c'
                  ' "ls /; readlink /proc/self/root; cd usr; pwd"',
                  'bin\nlib\nlib64\nproc\nusr\n/\n/usr\n')

    def test_propagation(self):
        self.each('mkdir m; mount -t tmpfs x m; mount --make-shared m; findmnt'
                  ' -rno PROPAGATION m; mount --make-rprivate m; findmnt -rno'
                  ' PROPAGATION m', 'shared\nprivate\n')

    def test_refused(self):
        self.each('mkdir m; mount -t overlay x m 2>/dev/null || echo no; mount'
                  ' -t ext4 /dev/null m 2>/dev/null || echo no; umount /'
                  ' 2>/dev/null || echo no; mount --bind / m 2>/dev/null ||'
                  ' echo no; ls m', 'no\nno\nno\nno\n')

    def test_without_a_namespace(self):
        for options in (), ('-r',), ('-p',):
            self.expect(self.nsrun(*options, '--', 'sh', '-c',
                                   'cd "$(mktemp -d)"; mount -t tmpfs x .'
                                   ' 2>/dev/null || echo refused'),
                        0, 'refused\n')

    def test_killed(self):
        """What a supervisor leaves that is killed goes with the next start."""
        process = self.start(
            '-r', '--', 'unshare', '-m', 'sh', '-c', 'mount -t tmpfs x /mnt;'
            ' mkdir -p /mnt/a/b; touch /mnt/a/b/c; chmod 0 /mnt/a; echo go;'
            ' read x', stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'go\n')
        self.assertEqual(len(left()), 1)
        own = [one.pid for one in descendants(process.pid)
               if (one.executable() or 'nsrun').endswith('nsrun')]
        for pid in own:
            os.kill(pid, signal.SIGKILL)
        for pid in own:
            self.assertTrue(ended(pid, LIMIT))  # and holds no lock any more
        process.wait()
        self.assertEqual(len(left()), 1)
        self.expect(self.nsrun('--', 'true'), 0)
        self.assertEqual(left(), [])

    def test_networks_with_names(self):
        if not shutil.which('ip'):
            self.skipTest('not installed: ip')
        done = self.nsrun('-rpiun', '--', 'unshare', '-m', 'sh', '-ec',
                          'mount -t tmpfs run /run; ip netns add one; ip netns'
                          ' add two; ip link add v type veth peer name w netns'
                          ' two; ip netns exec two ip -br link show w | cut -c1;'
                          ' ip netns exec one sh -c "ip netns identify \\$\\$;'
                          ' ls /sys/class" | head -n 1; ip netns del one;'
                          ' ip netns list | cut -c1-3')
        self.expect(done, 0, 'w\none\ntwo\n')
