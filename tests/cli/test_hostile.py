# SPDX-License-Identifier: Apache-2.0
"""Programs that want to get out of the namespace: each tries what once was a
hole, and a process outside must not notice.  They are in ../hostile."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import unittest

from harness import CliTest, LIMIT, NSRUN, ended

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       os.pardir, 'hostile')
# Numbers inside are below this one, so they are never the victim's.
HIGH = 3000
# Where ../hostile/outside.c can choose the numbers of processes.
KERNEL = ['unshare', '--user', '--map-root-user', '--pid', '--fork',
          '--mount-proc', '--kill-child']
UNABLE = 77
LONG = 2 * LIMIT    # seconds; those that have much to do


def without_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def with_few_files():
    without_core()
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def state(pid):
    """What could be done to a process from inside."""
    return {'nice': os.getpriority(os.PRIO_PROCESS, pid),
            'files': resource.prlimit(pid, resource.RLIMIT_NOFILE)}


class Hostile(CliTest):
    def build(self, name, *flags):
        program = os.path.abspath(name)
        made = self.run_command(['cc', '-O1', '-pthread', '-o', program,
                                 os.path.join(SOURCES, f'{name}.c'), *flags])
        self.assertEqual((made.returncode, made.stderr), (0, ''))
        self.addCleanup(os.unlink, program)
        return program

    def setUp(self):
        super().setUp()
        if not shutil.which('cc'):
            self.skipTest('no compiler')


class Victim(Hostile):
    """A process outside, named by its number."""

    def setUp(self):
        super().setUp()
        self.victim = self.make_victim()
        self.before = state(self.victim.pid)

    def make_victim(self):
        last = 0
        while last < HIGH:      # uses numbers up
            thread = threading.Thread(target=lambda: None)
            thread.start()
            if thread.native_id < last:
                break           # they are few, and began anew
            last = thread.native_id
            thread.join()
        victim = subprocess.Popen(['sleep', '1000'])
        self.addCleanup(victim.wait)
        self.addCleanup(victim.kill)
        return victim

    def check_untouched(self):
        self.assertFalse(ended(self.victim.pid, 0), 'the victim is dead')
        self.assertEqual(state(self.victim.pid), self.before)

    def attack(self, name, output='done\n', options=(), sign='',
               prepare=without_core, limit=LIMIT, flags=()):
        program = self.build(name, *flags)
        try:
            done = self.nsrun(*options, '--', program,
                              f'{sign}{self.victim.pid}', limit=limit,
                              preexec_fn=prepare)
            # Nothing at all among the errors: no word of nsrun itself.
            self.expect(done, 0, output)
        finally:
            self.check_untouched()


class ByCalls(Victim):
    def test_signal_between_calls(self):
        self.attack('signal_between')

    def test_code_rewritten_to_send_a_signal(self):
        self.attack('rewrite_code')

    def test_code_rewritten_to_set_a_limit(self):
        self.attack('rewrite_code', sign='-')

    def test_memory_rewritten(self):
        self.attack('rewrite_memory')

    def test_agent(self):
        self.attack('agent')

    def test_agent_of_users(self):
        self.attack('agent', options=['-r', '-p', '-i', '-u'])

    def attack_higher(self, *options):
        self.attack('agent', 'done higher\n', options,
                    flags=['-DLARGE', '-no-pie'])

    def test_agent_at_its_other_place(self):
        self.attack_higher()

    def test_agent_of_users_at_its_other_place(self):
        self.attack_higher('-r', '-p', '-i', '-u')

    def test_agent_traced_at_its_other_place(self):
        self.attack_higher('--without=bare')

    def test_children_behind_its_back(self):
        self.attack('bare')

    def test_agent_traced(self):
        self.attack('agent', options=['--without=bare'])

    def test_pidfd_swapped(self):
        self.attack('swap_pidfd')

    def test_priority_of_a_user(self):
        # Where it works, it works on the tests, too, from then on: so the
        # others compare with what was before.
        self.attack('priority')

    def test_descriptors_of_init(self):
        self.attack('init_listener', options=['--init'])

    def test_debugger(self):
        self.attack('debugger')

    def test_debugger_traced(self):
        self.attack('debugger', options=['--without=bare'])

    def test_what_a_tracer_sees(self):
        self.attack('tracer_sees', limit=LONG)

    def test_what_a_tracer_sees_traced(self):
        self.attack('tracer_sees', options=['--without=bare'], limit=LONG)

    def test_trace_of_its_own(self):
        self.attack('guest_trace')


class OnNsrun(Victim):
    """What would rather harm nsrun than the victim."""

    def test_init_with_a_full_queue(self):
        self.attack('init_full_queue')

    def test_bad_register(self):
        self.attack('bad_register')

    def test_descriptor_of_a_segment(self):
        self.attack('shm_descriptor',
                    output='stolen 1, spoiled 0, failed 0\n')

    def test_descriptor_of_a_segment_by_sockets(self):
        self.attack('shm_descriptor', options=['--without=notify'],
                    output='stolen 1, spoiled 0, failed 0\n')

    def test_leased_file(self):
        self.attack('lease', output='leased 0, at 0, waited 0\n')

    def test_link_below_a_root(self):
        self.attack('root_link', options=['-r', '-p'], output='foreign 0\n')

    def test_killed_openers(self):
        self.attack('killed_openers', options=['--without=notify'],
                    output='read 2: 1\n', prepare=with_few_files)

    def test_descriptors_that_are_held(self):
        self.attack('descriptors', output='queues: 1\nnamespaces: 1\n',
                    prepare=with_few_files)

    def test_lingering_socket(self):
        self.attack('linger', output='waited 0\n')

    def test_shared_code(self):
        self.attack('shared_code',
                    output='changed: shared 0, own 0, later 0\n')

    def test_undumpable(self):
        self.attack('undumpable', output='read -1\n')

    def test_code_rewritten_while_it_waits(self):
        self.attack('park_rewrite')

    def test_starve(self):
        self.attack('starve')

    def test_moved_segments(self):
        self.attack('shm_moved', output='long 0\n')

    def test_mounts(self):
        self.attack('mounts', limit=LONG)

    def test_netlink(self):
        self.attack('netlink', options=['-rpn'], limit=LONG)

    def test_group_of_many(self):
        self.attack('many_members', options=['-rpn'], limit=LONG)

    def test_chain_of_semaphores(self):
        self.attack('sem_chain', output='long 0\n')

    def test_leaks(self):
        self.attack('leaks', output='code 0, pid 1: 1\n')

    def test_message_flood(self):
        self.attack('message_flood',
                    output='983616 refused\nENOMEM after 62 MiB\nthen 0\n')

    def test_many_zombies(self):
        self.attack('many_zombies', output='0 left\n')


class ByNumbers(Hostile):
    """Victims with the numbers that the attack needs; outside.c makes them,
    and prints what became of them, if anything."""

    def setUp(self):
        super().setUp()
        if subprocess.run(KERNEL + ['true'], stdin=subprocess.DEVNULL,
                          capture_output=True).returncode != 0:
            self.skipTest('no user namespaces to choose numbers in')

    def attack(self, name, output):
        outside, program = self.build('outside'), self.build(name)
        # In a session of its own, so that all of it can be killed.
        process = subprocess.Popen(
            KERNEL + [outside, NSRUN, '--', program],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding='utf-8', errors='replace',
            start_new_session=True, preexec_fn=without_core)
        try:
            got = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            self.fail(f'hangs: {process.communicate()}')
        if process.returncode == UNABLE:
            self.skipTest('numbers can not be chosen here')
        self.assertEqual((process.returncode, *got), (0, output, ''))

    def test_reaped(self):
        self.attack('stale_numbers', '0 named\n')

    def test_number_of_a_trapped_clone(self):
        self.attack('trap_clone', 'done\n')

    def test_early_deaths(self):
        self.attack('early_deaths', '0 wrong\n')


CREDENTIALS = """
import socket, sys
def named(s):
    s.send(b'x')
    return s.getsockname()[1:].decode()
sockets = []
for kind in socket.SOCK_DGRAM, socket.SOCK_SEQPACKET:
    for option in socket.SO_PASSCRED, 76:       # SO_PASSPIDFD
        sockets += socket.socketpair(socket.AF_UNIX, kind)
        try:
            sockets[-1].setsockopt(socket.SOL_SOCKET, option, 1)
        except OSError:         # an older kernel
            sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
print(*[named(s) for s in sockets[1::2]], flush=True)
sys.stdin.read()
"""


class WayOut(Hostile):
    """Sockets outside that nobody inside may reach."""

    NAME = f'nsrun-way-out-{os.getpid()}'

    def listen(self, family, kind, address):
        outside = socket.socket(family, kind)
        self.addCleanup(outside.close)
        outside.bind(address)
        if kind == socket.SOCK_STREAM:
            outside.listen()
        outside.setblocking(False)
        return outside

    def check_silent(self, outside):
        with self.assertRaises(BlockingIOError):
            if outside.type == socket.SOCK_STREAM:
                outside.accept()
            else:
                outside.recv(1)

    def test_sockets(self):
        tcp = self.listen(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', 0))
        port = tcp.getsockname()[1]
        outside = [tcp,
                   self.listen(socket.AF_INET, socket.SOCK_DGRAM, ('127.0.0.1', port)),
                   self.listen(socket.AF_UNIX, socket.SOCK_STREAM, '\0' + self.NAME),
                   self.listen(socket.AF_UNIX, socket.SOCK_DGRAM, '\0' + self.NAME + 'd')]
        program = self.build('way_out')
        for options in ([], ['-p'], ['-U']):
            with self.subTest(options=options):
                self.expect(self.nsrun('-n', *options, '--', program, str(port), self.NAME,
                                       limit=LONG), 0, 'done\n')
                for each in outside:
                    self.check_silent(each)
        with open('/proc/net/unix', encoding='utf-8', errors='replace') as sockets:
            names = [line.split()[-1] for line in sockets if self.NAME in line]
        self.assertEqual(sorted(names), ['@' + self.NAME, '@' + self.NAME + 'd'])

    def test_names_that_the_kernel_would_give(self):
        """A socket that asks for credentials is named when it sends."""
        process = self.start('-n', '--', 'python3', '-c', CREDENTIALS, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, encoding='utf-8')
        names = process.stdout.readline().split()
        self.assertEqual(len(names), 4)
        with open('/proc/net/unix', encoding='utf-8', errors='replace') as sockets:
            seen = {line.split()[-1] for line in sockets}
        self.assertEqual([name for name in names if '@' + name in seen], [])
        process.communicate(timeout=LIMIT)


class Inside(Hostile):
    def attack(self, name, output):
        program = self.build(name)
        for options in ([], ['--without=notify']):
            with self.subTest(options=options):
                self.expect(self.nsrun(*options, '--', program), 0, output)

    def test_namespaces(self):
        self.attack('inside', 'done\n')

    def test_mode_of_a_namespace(self):
        self.attack('ns_mode', 'done\n')

    def test_clone3_that_changes(self):
        self.attack('clone3_race', 'some were made, 0 wrong\n')

    def test_late_namespaces(self):
        self.attack('late', '40 of 40 maps, 0 bad, 10 deep\n')

    def test_births_in_namespaces_that_end(self):
        program = self.build('ended_births')
        for options in ([], ['-rpnui'], ['--without=bare']):
            with self.subTest(options=options):
                self.expect(self.nsrun(*options, '--', program, limit=LONG), 0, 'done\n')

    def test_by_chance(self):
        program = self.build('fuzz')
        for options in ([], ['-rpnui'], ['--without=bare'], ['--without=notify']):
            with self.subTest(options=options):
                self.expect(self.nsrun(*options, '--', program, limit=LONG), 0, 'done\n')

    def test_parent_of_a_namespace(self):
        self.attack('ns_parent', 'own 1, above 0\n')


if __name__ == '__main__':
    unittest.main()
