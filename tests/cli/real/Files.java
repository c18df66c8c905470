// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that read files, and threads that start processes. */
public class Files {
	static long read(List<Path> paths, int first) {
		long total = 0;
		for (int i = first; i < paths.size(); i += 8) {
			try {
				total += java.nio.file.Files.readAllBytes(paths.get(i)).length;
			} catch (IOException e) {
				total++;
			}
		}
		return total;
	}

	static long run() throws Exception {
		Process process = new ProcessBuilder("sh", "-c", "echo $PPID; exit 7").start();
		String said = new BufferedReader(new InputStreamReader(
				process.getInputStream())).readLine();
		boolean right = Long.parseLong(said) == ProcessHandle.current().pid();
		return process.waitFor() + (right ? 100 : 0);
	}

	static void all(String what, List<Callable<Long>> tasks) throws Exception {
		var pool = Executors.newFixedThreadPool(8);
		System.out.print(what);
		for (Future<Long> result : pool.invokeAll(tasks))
			System.out.print(" " + result.get());
		System.out.println();
		pool.shutdown();
	}

	public static void main(String[] args) throws Exception {
		List<Path> paths = new ArrayList<>();
		List<Callable<Long>> reads = new ArrayList<>(), runs = new ArrayList<>();
		try (var found = java.nio.file.Files.walk(Path.of("/usr/include"))) {
			found.filter(java.nio.file.Files::isRegularFile).sorted().forEach(paths::add);
		}
		for (int i = 0; i < 8; i++) {
			int first = i;
			reads.add(() -> read(paths, first));
			runs.add(Files::run);
		}
		all("read", reads);
		all("run", runs);
	}
}
