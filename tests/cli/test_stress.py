# SPDX-License-Identifier: Apache-2.0
"""stress-ng checks what it does: its stressors pass as they do outside."""

import shutil
import unittest

from harness import CliTest

STRESSORS = ('fork', 'vfork', 'clone', 'kill', 'sigq', 'sigfd', 'wait',
             'zombie', 'daemon', 'pidfd', 'pthread', 'futex', 'schedpolicy',
             'procfs', 'sockfd', 'prctl', 'exec', 'get', 'set', 'switch')
# So many at a time.
GROUP = 5


@unittest.skipIf(not shutil.which('stress-ng'), 'not installed: stress-ng')
class Stress(CliTest):
    def stress(self, names):
        command = ['stress-ng', '--timeout', '1', '--temp-path', '.']
        for name in names:
            command += [f'--{name}', '1']
        outside = self.run_command(command)
        inside = self.nsrun('--', *command)
        self.assertEqual(inside.returncode, outside.returncode,
                         inside.stdout + inside.stderr)
        self.assertEqual(inside.returncode, 0, outside.stderr)

    def test_stressors(self):
        for i in range(0, len(STRESSORS), GROUP):
            with self.subTest(STRESSORS[i:i + GROUP]):
                self.stress(STRESSORS[i:i + GROUP])
