/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tools: unshare, nsenter and lsns of util-linux.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

static void run(const char *script)
{
	char line[512];
	FILE *out = popen(script, "r");
	int status;

	while (fgets(line, sizeof(line), out)) {
		line[strcspn(line, "\n")] = 0;
		see("%s", line);
	}
	status = pclose(out);
	see("=> %s", wait_text(status));
}

int main(void)
{
	run("hostname outer; unshare -u sh -c 'hostname inner; hostname';"
	    " hostname");
	run("unshare -pf --mount-proc sh -c 'echo $$; ps -o pid,ppid,args'");
	run("unshare -pf --mount-proc unshare -pf --mount-proc sh -c"
	    " 'echo $$; ls -d /proc/[0-9]*'");
	run("unshare -pf sh -c 'exit 7'");
	run("unshare -pf sh -c 'kill -9 $$; exit 8'");
	run("unshare -upi -f sh -c 'kill -TERM 1; echo here'");
	run("unshare -pf --kill-child sh -c 'sleep 100 & exit 3'");
	run("unshare -i sh -c 'ipcmk -M 10 >&2; ipcs -m | grep -c 0x';"
	    " ipcs -m | grep -c 0x");
	run("unshare -u sleep 100 & P=$!;"
	    " while test \"$(readlink /proc/$P/ns/uts)\" ="
	    " \"$(readlink /proc/self/ns/uts)\"; do :; done;"
	    " nsenter -t $P -u hostname entered; nsenter -t $P -u hostname;"
	    " hostname; nsenter --uts=/proc/$P/ns/uts hostname;"
	    " lsns -n -t uts -p $P -o TYPE,NPROCS; kill $P");
	run("lsns -n -o TYPE -p $$ | sort | tr '\\n' ' '");
	return done();
}
