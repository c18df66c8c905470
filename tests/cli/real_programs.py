# SPDX-License-Identifier: Apache-2.0
"""Programs of other languages and kinds, under nsrun as outside.

Each is run three times: in a pid namespace of the kernel's, under nsrun, and
under nsrun without the agent. It has to say the same each time, and to end the
same way. What is not installed is skipped.
"""

import os
import shutil

import isolate

LIMIT = 600     # seconds, for one run; a fiftieth on a quiet machine
SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'real')

GIT = r'''
rm -rf one two
git init -q one && cd one || exit 1
i=0
while [ $i -lt 40 ]; do
    mkdir d$i
    for j in 1 2 3 4 5 6 7 8 9 10; do
        for k in 1 2 3 4 5; do echo "$i $j $k" >d$i/f$j$k; done
    done
    i=$((i + 1))
done
git add . && git -c user.name=a -c user.email=b commit -q -m x || exit 1
cd .. && git clone -q one two && cd two && git fsck 2>&1 || exit 1
echo changed >d1/f11 && rm d2/f22 && git status --short
git ls-files | wc -l
cd .. && tar cf two.tar two && rm -rf two && tar xf two.tar &&
    cd two && git status --short
'''

REDIS = r'''
redis-server --port 0 --unixsocket "$PWD/socket" --save '' >log 2>&1 &
until redis-cli -s socket ping 2>/dev/null; do
    kill -0 $! || { cat log; exit 1; }
done
redis-cli -s socket set key value
redis-cli -s socket get key
redis-benchmark -s socket -q -n 20000 -c 20 -t set,get >rates || exit 1
redis-cli -s socket dbsize
redis-cli -s socket config set save '3600 1' && redis-cli -s socket save
redis-cli -s socket shutdown nosave
wait
echo "ended with $?"
'''

SHELL = r'''
i=0
while [ $i -lt 200 ]; do
    %s true || exit 1
    i=$((i + 1))
done
(exit 3) || echo $?
%s ls / | %s wc -l
'''

# Name, the programs that it needs, what is made of the sources, what is run.
# An environment that keeps their files in the folder is isolate's.
PROGRAMS = [
    ('go', ['go'], 'go build -o program server.go', './program'),
    ('node', ['node'], None, 'node server.js'),
    ('java', ['javac', 'java'], None,
     'rm -f *.class; javac Files.java && java Files'),
    ('musl', ['musl-gcc'],
     'musl-gcc -static -O1 -pthread -o program static.c', './program'),
    ('glibc static', ['gcc'],
     'gcc -static -O1 -pthread -o program static.c', './program'),
    ('busybox', ['busybox'], None,
     "busybox sh -c '" + SHELL % (('busybox',) * 3) + "'"),
    ('shell', [], None, SHELL % ('env', '', '')),
    ('valgrind', ['valgrind', 'gcc'],
     'gcc -g -O1 -pthread -o program static.c',
     'valgrind -q --error-exitcode=9 ls / && valgrind -q ./program'),
    ('git', ['git', 'tar'], None, GIT),
    ('redis', ['redis-server', 'redis-benchmark'], None, REDIS),
]
NAMES = [name for name, *_ in PROGRAMS]


def missing(needs):
    return [name for name in needs
            if not shutil.which(name, path=isolate.SAFE_PATH)]


def sources(arms, name):
    """A folder with a copy of the sources, which the ordinary user may read."""
    folder = arms.folder('program-' + name.replace(' ', '-'))
    for file in os.listdir(SOURCES):
        shutil.copy(os.path.join(SOURCES, file), folder)
        os.chmod(os.path.join(folder, file), 0o644)
    return folder


def check_program(arms, name):
    """Returns (wrong, comments, why it was skipped)."""
    _, needs, make, command = PROGRAMS[NAMES.index(name)]
    if missing(needs):
        return [], [], f'not installed: {" ".join(missing(needs))}'
    folder = sources(arms, name)
    if make:
        status, output = arms.run('kernel', ['sh', '-c', make], LIMIT, folder)
        if status != 0:
            return [f'{make}: status {status}\n{output}'], [], None
    arms.prefixes['no agent'] = arms.prefixes['nsrun'][:-1] + ['--no-agent',
                                                               '--']
    ends = {arm: arms.run(arm, ['sh', '-c', command], LIMIT, folder)
            for arm in ('kernel', 'nsrun', 'no agent')}
    if ends['kernel'][0] != 0:
        return [f'without nsrun: {ends["kernel"]}'], [], None
    return [f'{arm}: status {status}, {output[-2000:]}\n'
            f'without nsrun: {ends["kernel"][1][-2000:]}'
            for arm, (status, output) in ends.items()
            if (status, output) != ends['kernel']], [], None
