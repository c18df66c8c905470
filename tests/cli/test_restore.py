# SPDX-License-Identifier: Apache-2.0
"""doc/checkpoint.md: the ids of a tree are written down, and had again."""

import json
import os

from harness import LIMIT, NSRUN
from test_instances import InstanceTest

TREE = ['python3', os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'tree.py')]
FAR = ('echo 500 >/proc/sys/kernel/ns_last_pid; '
       'echo 70003 >/proc/sys/kernel/sem_next_id; '
       'echo 8 >/proc/sys/kernel/msg_next_id; exec "$@"')


class RestoreTest(InstanceTest):
    files = 0

    def file(self, text):
        self.files += 1
        return self.script(text, name=f'ids-{self.files}')


class Restore(RestoreTest):
    def document(self):
        done = self.nsrun('ids', 'job', '--json')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    @staticmethod
    def ids(text):
        """Every number but those of the host, and what it belongs to."""
        tree = json.loads(text)['instances'][0]
        tasks = sorted((t['tid'], t['tgid'], t['ppid'], t['comm'])
                       for t in tree['tasks'])
        ipc = [n for n in tree['namespaces'] if n['type'] == 'ipc'][0]
        objects = {kind: sorted((o['id'], o['key'], o['mode'])
                                for o in ipc[kind])
                   for kind in ('shm', 'sem', 'msg')}
        return tasks, objects

    def recorded(self, command):
        """The document of a tree, which has ended since."""
        first = self.instance('-l', 'job', command=command)
        text = self.document()
        self.expect(self.nsrun('kill', 'job'), 0, '')
        self.assertEqual(first.wait(LIMIT), 137)
        return text

    def again(self, text, command=None, options=()):
        second = self.instance('-l', 'job', *options, '--restore-ids',
                               self.file(text), command=command or TREE)
        try:
            return self.ids(self.document())
        finally:
            self.end(second, 0)

    def test_same_tree_again(self):
        """The very pids, threads' too, and ids of objects, by every gate."""
        text = self.recorded(['sh', '-c', FAR, 'sh', *TREE])
        tasks, objects = self.ids(text)
        self.assertEqual([t[0] for t in tasks],
                         [[1], [501], [502], [503], [504]])
        self.assertEqual([t[1] for t in tasks][3:], [[503], [503]])
        self.assertEqual([o[0] for o in objects['sem']], [0, 70003])
        self.assertEqual([o[0] for o in objects['msg']], [8])
        for options in [], ['--without=notify'], ['--no-agent']:
            with self.subTest(options=options):
                self.assertEqual(self.again(text, options=options),
                                 (tasks, objects))

    def test_any_numbers(self):
        """They need not be those that any tree would have by itself."""
        text = self.recorded(TREE)
        tree = json.loads(text)
        tasks = tree['instances'][0]['tasks']
        numbers = {1: 1}
        for task in tasks:
            old = task['tid'][0]
            numbers.setdefault(old, 4000 - 7 * old)
        for task in tasks:
            for name in 'tid', 'tgid', 'ppid':
                task[name] = [numbers[n] for n in task[name]]
        wanted = self.ids(json.dumps(tree))
        self.assertEqual(self.again(json.dumps(tree)), wanted)

    def test_levels_below(self):
        """A namespace inside has its numbers, and those above, again."""
        inner = ('import os, sys, ctypes\n'
                 'ctypes.CDLL(None).unshare(0x20000000)\n'
                 'if os.fork() == 0:\n'
                 '    for _ in range(3):\n'
                 '        if os.fork() == 0: os._exit(0)\n'
                 '        os.wait()\n'
                 '    if os.fork() == 0:\n'
                 '        print("ready", flush=True)\n'
                 '    sys.stdin.read()\n'
                 '    os._exit(0)\n'
                 'os.wait()\n')
        text = self.recorded(['sh', '-c', FAR, 'sh', 'python3', '-c', inner])
        tasks, _ = self.ids(text)
        self.assertEqual([t[0] for t in tasks], [[1], [501, 1], [505, 5]])
        shorter = inner.replace('range(3)', 'range(0)')
        self.assertEqual(self.again(text, ['python3', '-c', shorter])[0],
                         tasks)

    def test_ipc_namespaces_inside(self):
        """Each has its own ids again, whoever in it makes the objects."""
        inner = ('import ctypes, os, sys\n'
                 'libc = ctypes.CDLL(None)\n'
                 'def make(*ids):\n'
                 '    for number in ids:\n'
                 '        with open("/proc/sys/kernel/sem_next_id", "w") as f:\n'
                 '            if sys.argv[1:]: f.write(str(number))\n'
                 '        libc.semget(0, 1, 0o600)\n'
                 '        libc.semget(7, 1, 0o1600)\n'
                 'def inside(flags, *ids):\n'
                 '    ready, tell = os.pipe()\n'
                 '    libc.unshare(flags)\n'
                 '    if os.fork() == 0:\n'
                 '        if os.fork() == 0: make(*ids); os._exit(0)\n'
                 '        os.wait()\n'
                 '        os.write(tell, b".")\n'
                 '        sys.stdin.read()\n'
                 '        os._exit(0)\n'
                 '    os.read(ready, 1)\n'
                 'make(5)\n'
                 'for number in 1, 2:\n'
                 '    ready, tell = os.pipe()\n'
                 '    if os.fork() == 0:\n'
                 '        inside(0x28000000, 100 * number, 300)\n'
                 '        os.write(tell, b".")\n'
                 '        os._exit(os.waitstatus_to_exitcode(os.wait()[1]))\n'
                 '    os.read(ready, 1)\n'
                 'print("ready", flush=True)\n'
                 'sys.stdin.read()\n'
                 'os.wait(), os.wait()\n')

        def objects(text):
            spaces = json.loads(text)['instances'][0]['namespaces']
            return sorted(sorted((o['id'], o['key']) for o in ns['sem'])
                          for ns in spaces if ns['type'] == 'ipc')

        text = self.recorded(['python3', '-c', inner, 'far'])
        wanted = objects(text)
        self.assertEqual([[i for i, _ in each] for each in wanted],
                         [[0, 5], [0, 100, 300], [0, 200, 300]])
        for options in [], ['--without=notify']:
            second = self.instance('-l', 'job', *options, '--restore-ids',
                                   self.file(text),
                                   command=['python3', '-c', inner])
            try:
                self.assertEqual(objects(self.document()), wanted)
            finally:
                self.end(second, 0)

    def test_more_than_were_recorded(self):
        """They get the numbers after the last that was given out."""
        text = self.recorded(['sh', '-c', FAR, 'sh', *TREE])
        done = self.nsrun('--restore-ids', self.file(text), '--', 'sh', '-c',
                          'for i in 1 2 3 4; do sh -c "echo \\$\\$"; done')
        self.expect(done, 0, '501\n503\n505\n506\n')

    def test_who_enters(self):
        first = self.instance('-l', 'job')
        enter = [NSRUN, 'enter', 'job', '--pid=77', '--', 'sleep', '1000']
        process = self.start(*enter[1:])
        text = self.document()
        while [77] not in [t[0] for t in self.ids(text)[0]]:
            text = self.document()
        self.expect(self.nsrun('kill', 'job'), 0, '')
        first.wait(LIMIT)
        process.wait(LIMIT)
        second = self.instance('-l', 'job', '--restore-ids',
                               self.file(text))
        for number in '77\n', '78\n':
            self.expect(self.nsrun('enter', 'job', '--', 'sh', '-c',
                                   'echo $$'), 0, number)
        self.end(second)


class BadFiles(RestoreTest):
    """An error, status 125, and nothing has been made."""

    def setUp(self):
        super().setUp()
        first = self.instance('-l', 'job', command=TREE)
        self.good = self.nsrun('ids', 'job', '--json').stdout
        self.end(first, 0)

    def refused(self, path, message):
        done = self.nsrun('-l', 'new', '--restore-ids', path, '--', 'echo',
                          'made')
        self.assertEqual((done.returncode, done.stdout), (125, ''))
        self.assertIn(f'nsrun: {path}: {message}', done.stderr)
        self.assertEqual(self.sockets(), [])

    def changed(self, change):
        tree = json.loads(self.good)
        change(tree, tree['instances'][0])
        return self.file(json.dumps(tree))

    def test_truncated_anywhere(self):
        for part in range(1, 20):
            cut = self.good[:len(self.good) * part // 20]
            while cut.endswith('}'):
                cut = cut[:-1]
            self.refused(self.file(cut), 'it ends in the middle')

    def test_no_file(self):
        self.refused('/nowhere', 'No such file or directory')
        self.refused('/', 'Is a directory')

    def test_other_text(self):
        self.refused(self.file(''), 'it ends in the middle')
        self.refused(self.file('[]'), 'nothing that `nsrun ids')
        self.refused(self.file('{"version": 1}'), 'nothing that `nsrun ids')
        self.refused(self.file('# shell'), 'no JSON from byte 0 on')
        self.refused(self.file(self.good + '{}'), 'no JSON from byte')
        self.refused(self.file('[' * 100000), 'no JSON from byte')

    def test_other_documents(self):
        def version(tree, _):
            tree['version'] = 2

        def two(tree, instance):
            tree['instances'].append(instance)

        def none(tree, _):
            tree['instances'] = []

        self.refused(self.changed(version), 'version 2: this nsrun knows 1')
        self.refused(self.changed(two), 'it tells of 2 instances, not of one')
        self.refused(self.changed(none), 'it tells of 0 instances, not of one')

    def test_wrong_members(self):
        for name, value, message in (
                ('tid', None, 'tid: no list of numbers'),
                ('tid', 7, 'tid: no list of numbers'),
                ('tid', [0], 'tid: no list of numbers'),
                ('tid', [-5], 'tid: no list of numbers'),
                ('tid', [1.5], 'tid: no list of numbers'),
                ('tid', [1e300], 'tid: no list of numbers'),
                ('tid', [4194304], 'tid: no list of numbers'),
                ('tid', ['7'], 'tid: no list of numbers'),
                ('tid', [7] * 33, 'tid: no list of numbers'),
                ('tid', [1], 'tid: is there twice'),
                ('tgid', [1, 2], 'tgid: no list of numbers'),
                ('ppid', {}, 'ppid: no list of numbers'),
                ('namespaces', {}, 'namespaces.pid: no namespace')):
            with self.subTest(name=name, value=value):
                def change(_, instance):
                    instance['tasks'][2][name] = value

                self.refused(self.changed(change), f'tasks[2].{message}')

    def test_wrong_objects(self):
        def ipc(instance):
            return next(n for n in instance['namespaces']
                        if n['type'] == 'ipc')

        def no_list(_, instance):
            ipc(instance)['msg'] = 3

        def no_id(_, instance):
            ipc(instance)['sem'][1]['id'] = 2 ** 31

        def no_key(_, instance):
            del ipc(instance)['sem'][0]['key']

        self.refused(self.changed(no_list), 'msg[0]: no list of objects')
        self.refused(self.changed(no_id), 'sem[1].id: no id')
        self.refused(self.changed(no_key), 'sem[0].key: no key')

    def test_where_it_can_not_be(self):
        path = self.file(self.good)
        done = self.nsrun('-u', '--restore-ids', path, '--', 'true')
        self.assertEqual(done.returncode, 125)
        self.assertIn('only with a pid namespace', done.stderr)
        first = self.instance('-l', 'job')
        done = self.nsrun('-l', 'job', '--restore-ids', path, '--', 'true')
        self.assertEqual(done.returncode, 125)
        self.assertIn('job: is there already', done.stderr)
        self.end(first)
        done = self.nsrun('--', NSRUN, '--restore-ids', path, '--', 'true')
        self.assertEqual(done.returncode, 125)
        self.assertIn('not inside of another', done.stderr)
