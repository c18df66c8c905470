# SPDX-License-Identifier: Apache-2.0
"""Who owns files in a user namespace: what is written down with them, that it
lasts, and that the tools that move files about keep it."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from harness import LIMIT, NSRUN, CliTest

IDS = 'user.rootlesscontainers'
MODE = 'user.nsrun.mode'
ROOT = ('-r', '--map-auto')


def has_attributes():
    """Does the working folder's file system have attributes of users?"""
    with tempfile.NamedTemporaryFile(dir='.') as file:
        try:
            os.setxattr(file.name, 'user.test', b'')
            return True
        except OSError:
            return False


class OwnershipTest(CliTest):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir='.')
        self.state = os.path.join(self.folder, 'state')
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        if not has_attributes():
            self.skipTest('no attributes of users on this file system')

    def root(self, text, options=ROOT, errors='', **more):
        """What a shell as root inside prints."""
        env = dict(os.environ, XDG_STATE_HOME=os.path.abspath(self.state))
        done = self.nsrun(*options, '--', 'sh', '-ec', text, env=env,
                          cwd=self.folder, **more)
        self.expect(done, 0, errors=errors)
        return done.stdout

    def path(self, name):
        return os.path.join(self.folder, name)

    def attribute(self, name, attribute):
        try:
            return os.getxattr(self.path(name), attribute)
        except OSError:
            return None


class Records(OwnershipTest):
    def test_last_from_one_run_to_the_next(self):
        self.assertEqual(
            self.root('touch a; ln -s a l; mkfifo p; mknod null c 1 3;'
                      ' chown 33:44 a; chown -h 5:6 l; chown 7:8 p;'
                      ' chmod 4711 a; chmod 0 p; stat -c %u:%g a'),
            '33:44\n')
        again = "stat -c '%n %a %u:%g %F %t:%T' a l p null"
        expected = ('a 4711 33:44 regular empty file 0:0\n'
                    'l 777 5:6 symbolic link 0:0\n'
                    'p 0 7:8 fifo 0:0\n'
                    'null 644 0:0 character special file 1:3\n')
        self.assertEqual(self.root(again), expected)
        self.assertEqual(self.root(again, ROOT + ('-p',)), expected)

    def test_bytes_that_other_tools_read(self):
        self.root('touch a b c d; chown 10:20 a; chown 1000:65534 b;'
                  ' chown 0:5 c; chown 3:4 d; chown 0:0 d')
        self.assertEqual(self.attribute('a', IDS), b'\x08\x0a\x10\x14')
        self.assertEqual(self.attribute('b', IDS),
                         b'\x08\xe8\x07\x10\xfe\xff\x03')
        self.assertEqual(self.attribute('c', IDS), b'\x10\x05')
        self.assertIsNone(self.attribute('d', IDS))
        for name in 'abcd':
            self.assertIsNone(self.attribute(name, MODE))

    def test_made_by_other_tools(self):
        for name, value in (('a', b'\x08\xe8\x07\x10\xd0\x0f'),
                            ('b', b''),
                            ('c', b'\x08\xff\xff\xff\xff\x0f\x10\x07'),
                            ('d', b'\x08\xff\xff\xff\xff\x0f'
                                  b'\x10\xff\xff\xff\xff\x0f')):
            open(self.path(name), 'w').close()
            os.setxattr(self.path(name), IDS, value)
        self.assertEqual(self.root('stat -c %u:%g a b c d'),
                         '1000:2000\n0:0\n0:7\n0:0\n')

    def test_corrupt(self):
        for name, attribute, value in (('a', IDS, b'\x08'),
                                       ('b', IDS, b'33:44'),
                                       ('c', MODE, b'100644'),
                                       ('d', MODE, b'x' * 1000),
                                       ('e', MODE, b'20666 777')):
            with open(self.path(name), 'w') as file:
                os.fchmod(file.fileno(), 0o640)
            os.setxattr(self.path(name), attribute, value)
        done = self.nsrun(*ROOT, '--', 'stat', '-c', '%u:%g %a %F', 'a', 'b',
                          'c', 'd', 'e', cwd=self.folder)
        self.expect(done, 0, '0:0 640 regular empty file\n' * 5,
                    re.compile(r'\Ansrun: user\.[\w.]+: .* ignored\n\Z'))
        self.root('chown 1:2 b', errors=re.compile(''))
        self.assertEqual(self.root('stat -c %u:%g b'), '1:2\n')

    def test_not_without_a_user_namespace(self):
        self.root('touch a; chown 33:44 a; chmod 400 a')
        done = self.nsrun('-p', '--', 'stat', '-c', '%u %a', 'a',
                          cwd=self.folder)
        self.expect(done, 0, f'{os.getuid()} 600\n')

    def test_mode_changed_outside_counts(self):
        self.root('touch a; chmod 400 a')
        self.assertEqual(self.root('stat -c %a a'), '400\n')
        os.chmod(self.path('a'), 0o664)
        self.assertEqual(self.root('stat -c %a a'), '664\n')

    def test_never_really_set_id(self):
        self.root('cp /bin/true a; chmod 6755 a; test -u a -a -g a;'
                  ' mknod b c 1 3; chmod 4666 b')
        for name in 'ab':
            self.assertEqual(os.stat(self.path(name)).st_mode & 0o6000, 0)

    def test_hidden_inside(self):
        self.root('touch a; chown 33:44 a; chmod 4700 a')
        inside = self.nsrun(*ROOT, '--', 'python3', '-c', '''if True:
            import os
            print(os.listxattr("a"))
            for name in "user.rootlesscontainers", "user.nsrun.mode":
                try:
                    os.getxattr("a", name)
                except OSError as error:
                    print(error.strerror)
                try:
                    os.setxattr("a", name, b"")
                except OSError as error:
                    print(error.strerror)
        ''', cwd=self.folder)
        self.expect(inside, 0, '[]\n' + 2 * ('No data available\n'
                                             'Operation not permitted\n'))

    def test_set_id_program(self):
        text = ('cp /usr/bin/id .; chown 77:78 id; chmod 6755 id;'
                'setpriv --reuid 5 --regid 6 --clear-groups ./id')
        self.assertRegex(self.root(text), r'uid=5\b.*gid=6\b.*euid=77\b.*'
                                          r'egid=78\b')


class Store(OwnershipTest):
    def test_inode_used_again(self):
        """The row of a file that is gone is not the next one's."""
        self.root('ln -s a l; chown -h 5:6 l')
        os.unlink(self.path('l'))
        database = os.path.join(self.state, 'nsrun', 'owners.db')
        self.assertEqual(
            self.root('for i in 1 2 3 4 5 6 7 8; do ln -s a l$i; done;'
                      ' stat -c %u:%g l?'), '0:0\n' * 8)
        with sqlite3.connect(database) as connection:
            rows = connection.execute('SELECT uid, gid FROM files').fetchall()
        self.assertEqual(rows, [(5, 6)])

    def test_two_instances_at_once(self):
        # Each holds the lock nearly all the time, and lets the others in.
        text = ('set -e; for i in $(seq 100 199); do ln -s a $0$i;'
                ' chown -h $i:$i $0$i; done')
        env = dict(os.environ, XDG_STATE_HOME=os.path.abspath(self.state))
        all_of_them = [self.start(*ROOT, '--', 'sh', '-c', text, name, env=env,
                                  cwd=self.folder) for name in 'wxyz']
        for process in all_of_them:
            self.assertEqual(process.wait(LIMIT), 0)
        shown = self.root('stat -c %u:%g w* x* y* z*')
        self.assertEqual(
            shown, 4 * ''.join(f'{i}:{i}\n' for i in range(100, 200)))

    def test_not_a_database(self):
        os.makedirs(os.path.join(self.state, 'nsrun'))
        with open(os.path.join(self.state, 'nsrun', 'owners.db'), 'w') as file:
            file.write('nothing of the kind' * 1000)
        env = dict(os.environ, XDG_STATE_HOME=os.path.abspath(self.state))
        done = self.nsrun(*ROOT, '--', 'sh', '-c',
                          'ln -s a l; chown -h 5:6 l; stat -c %u:%g l',
                          env=env, cwd=self.folder)
        self.expect(done, 0, '5:6\n', re.compile('nsrun: .*owners.db: '))

    def test_damaged_page(self):
        self.root('for i in $(seq 200); do ln -s a l$i; done;'
                  ' chown -h 5:6 l*')
        database = os.path.join(self.state, 'nsrun', 'owners.db')
        with open(database, 'r+b') as file:
            file.seek(4096)     # of rows: the first page has the schema
            file.write(b'\xff' * 4096)
        self.root('stat -c %u:%g l*; touch f; chown 7:8 f; stat -c %u f',
                  errors=re.compile('nsrun: owners.db: .*malformed'))

    SPOIL = ('import os, sqlite3\n'
             'os.symlink("a", "l")\n'
             'os.lchown("l", 5, 6)\n'
             'DB = "state/nsrun/owners.db"\n'
             'db = sqlite3.connect(DB, 10, isolation_level=None)\n'
             'db.execute("BEGIN EXCLUSIVE")\n'     # it is written
             'db.execute("ROLLBACK")\n')

    def spoil(self, *text):
        """Runs Python inside, which spoils the database of its user."""
        env = dict(os.environ, XDG_STATE_HOME=os.path.abspath(self.state))
        text = (self.SPOIL + '\n'.join(text) +
                '\nprint("done", flush=True)\n'
                'os._exit(0)')      # it has the log open, too
        done = self.nsrun(*ROOT, '--', 'python3', '-c', text, env=env,
                          cwd=self.folder)
        self.expect(done, 0, 'done\n', re.compile('nsrun: .*owners.db: '))

    def test_pipe_for_a_journal(self):
        # Whoever opens one to read waits for somebody who writes.
        self.spoil('os.unlink(DB + "-journal")',
                   'os.mkfifo(DB + "-journal")',
                   'os.lstat("l")')

    def test_log_that_is_cut(self):
        # Its index is mapped by whoever reads the database.
        self.spoil('db.execute("PRAGMA journal_mode = WAL")',
                   'db.execute("DELETE FROM files")',
                   'for i in range(5):',
                   '    os.lstat("l")',
                   '    os.truncate(DB + "-shm", 0)')


class Tools(OwnershipTest):
    TREE = ('mkdir tree tree/sub; cd tree; echo 1 >a; echo 2 >b; echo 3 >sub/c;'
            ' mkdir -m 555 ro; ln -s a l; mkfifo p; mknod n c 1 3;'
            ' mknod disk b 8 1; chown -h 1:2 l; chown 3:4 p; chown 10:20 a;'
            ' chmod 4711 a; chmod 0 b; chown -R 100:200 sub; touch ro/in;'
            ' ln a hard; cd ..; ')
    LIST = "(cd {}; find . -printf '%p %y %m %U:%G %n %l\\n' | sort)\n"

    def copied(self, command):
        """The list of a copy is that of the original, also one run later."""
        shown = self.root(self.TREE + self.LIST.format('tree'))
        self.assertIn('./a f 4711 10:20 2 \n', shown)
        self.assertIn('./l l 777 1:2 1 a\n', shown)
        self.assertIn('./disk b 644 0:0 1 \n', shown)
        self.root(command)
        self.assertEqual(self.root(self.LIST.format('copy')), shown)

    def test_cp(self):
        self.copied('cp -a tree copy')

    def test_tar(self):
        self.copied('tar -cf x.tar -C tree .; mkdir copy;'
                    ' tar -xpf x.tar --numeric-owner -C copy')
        listed = subprocess.run(
            ['tar', '-tvf', self.path('x.tar'), '--numeric-owner'],
            capture_output=True, encoding='utf-8', check=True).stdout
        self.assertRegex(listed, r'-rws--x--x 10/20 .* \./(a|hard)\n')
        self.assertRegex(listed, r'crw-r--r-- 0/0 +1,3 .* \./n\n')

    @unittest.skipUnless(shutil.which('rsync'), 'rsync')
    def test_rsync(self):
        self.copied('rsync -aH --numeric-ids tree/ copy')

    def test_rm(self):
        self.root(self.TREE + 'rm -r tree')
        self.assertFalse(os.path.exists(self.path('tree')))

    PACKAGE = '''
        mkdir -p p/DEBIAN p/usr/bin p/etc
        printf '%s\\n' 'Package: foo' 'Version: 1' 'Architecture: all' \\
            'Maintainer: A <a@example.org>' 'Description: x' >p/DEBIAN/control
        echo hello >p/usr/bin/foo; ln -s foo p/usr/bin/bar; chown -R 0:0 p
        chown 0:42 p/etc; chmod 4755 p/usr/bin/foo
        find p -exec touch -h -d @1000000 {} +
        SOURCE_DATE_EPOCH=1000000 dpkg-deb --build p $OUT >/dev/null
    '''

    @unittest.skipUnless(shutil.which('dpkg-deb') and
                         shutil.which('fakeroot'), 'dpkg-deb and fakeroot')
    def test_package_as_fakeroot_makes_it(self):
        self.run_command(['fakeroot', 'sh', '-ec',
                          'OUT=fakeroot.deb;' + self.PACKAGE + 'rm -r p'],
                         cwd=self.folder)
        self.root('OUT=nsrun.deb;' + self.PACKAGE)
        with open(self.path('fakeroot.deb'), 'rb') as one, \
                open(self.path('nsrun.deb'), 'rb') as other:
            self.assertTrue(one.read() == other.read())
        # dpkg wants to write its log where only the machine's root can.
        shown = self.root('''
            mkdir -p root/var/lib/dpkg/updates root/var/lib/dpkg/info
            touch root/var/lib/dpkg/status
            dpkg --root=$PWD/root --force-depends --log=/dev/null \\
                --force-script-chrootless -i nsrun.deb >/dev/null 2>&1
            stat -c '%a %u:%g' root/usr/bin/foo root/etc
        ''')
        self.assertEqual(shown, '4755 0:0\n755 0:42\n')

    # A source package without helpers: rules, control, changelog.
    SOURCE = {
        'control': '''Source: foo
Section: misc
Priority: optional
Maintainer: A <a@example.org>
Rules-Requires-Root: binary-targets

Package: foo
Architecture: all
Description: x
 y
''',
        'changelog': '''foo (1) unstable; urgency=low

  * New.

 -- A <a@example.org>  Thu, 01 Jan 2015 00:00:00 +0000
''',
        'rules': '''#!/usr/bin/make -f
build build-indep build-arch clean binary-arch:
binary binary-indep:
	rm -rf debian/foo
	install -d -m 755 debian/foo/DEBIAN debian/foo/usr/bin
	install -o root -g 42 -m 2755 debian/rules debian/foo/usr/bin/foo
	install -d -o 33 -g 33 -m 750 debian/foo/var/lib/foo
	mknod debian/foo/var/lib/foo/null c 1 3
	ln -s foo debian/foo/usr/bin/bar
	chown -h 5:6 debian/foo/usr/bin/bar
	dpkg-gencontrol -Pdebian/foo
	find debian/foo -exec touch -h -d @1420070400 {} +
	dpkg-deb --build debian/foo ..
''',
    }

    @unittest.skipUnless(shutil.which('dpkg-buildpackage') and
                         shutil.which('fakeroot'), 'dpkg-dev and fakeroot')
    def test_buildpackage_as_with_fakeroot(self):
        built = []
        nsrun = f'-r{NSRUN} -r --map-auto --'
        for number, root in enumerate(('-rfakeroot', nsrun)):
            # The same name, since it gets into some files.
            tree = self.path('foo-1')
            os.makedirs(os.path.join(tree, 'debian'))
            for name, text in self.SOURCE.items():
                with open(os.path.join(tree, 'debian', name), 'w',
                          encoding='utf-8') as file:
                    file.write(text)
            os.chmod(os.path.join(tree, 'debian', 'rules'), 0o755)
            self.expect(self.run_command(
                ['dpkg-buildpackage', '-b', '-us', '-uc', '-d', root],
                cwd=tree, env=dict(os.environ, SOURCE_DATE_EPOCH='1420070400',
                                   XDG_STATE_HOME=os.path.abspath(self.state))),
                        0, errors=re.compile(''))
            with open(self.path('foo_1_all.deb'), 'rb') as file:
                built.append(file.read())
            os.rename(tree, f'{tree}.{number}')
        self.assertTrue(built[0] == built[1])
        listed = subprocess.run(
            ['dpkg-deb', '-c', self.path('foo_1_all.deb')],
            capture_output=True, encoding='utf-8', check=True).stdout
        self.assertRegex(listed, r'-rwxr-sr-x root/shadow .* \./usr/bin/foo\n')
        self.assertRegex(listed, r'crw-r--r-- root/root .* \./var/lib/foo/null')
        self.assertRegex(listed, r'lrwxrwxrwx games/man|lrwxrwxrwx games/disk')
