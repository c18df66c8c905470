// SPDX-License-Identifier: Apache-2.0

// A server and its clients, processes, a walk over files, worker threads.
'use strict';
const child_process = require('child_process');
const fs = require('fs');
const http = require('http');
const path = require('path');
const {Worker, isMainThread, parentPort} = require('worker_threads');

function walk(folder) {
	let count = 0;
	for (const entry of fs.readdirSync(folder, {withFileTypes: true})) {
		const full = path.join(folder, entry.name);
		if (entry.isDirectory())
			count += walk(full);
		else if (fs.existsSync(full) && fs.statSync(full))
			count++;
	}
	return count;
}

function get(port, agent) {
	return new Promise((resolve, reject) => {
		http.get({port, agent}, (answer) => {
			let length = 0;
			answer.on('data', (data) => length += data.length);
			answer.on('end', () => resolve(length));
		}).on('error', reject);
	});
}

async function client(port) {
	const agent = new http.Agent({keepAlive: true});
	let total = 0;
	for (let i = 0; i < 50; i++)
		total += await get(port, agent);
	agent.destroy();
	return total;
}

function in_worker() {
	return new Promise((resolve, reject) => {
		const worker = new Worker(__filename);
		worker.on('message', resolve);
		worker.on('error', reject);
	});
}

function spawned() {
	return new Promise((resolve) => {
		child_process.execFile('sh', ['-c', 'echo $PPID'], (error, said) =>
			resolve(!error && Number(said) === process.pid));
	});
}

async function main() {
	const server = http.createServer((_, answer) =>
		fs.readFile('/etc/passwd', (_, text) => answer.end(text)));
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const times = (n, act) => Promise.all([...Array(n)].map(act));
	console.log('served', await times(8, () => client(server.address().port)));
	console.log('parent', await times(10, spawned));
	console.log('files', await times(4, in_worker));
	server.close();
}

if (isMainThread)
	main();
else
	parentPort.postMessage(walk('/usr/include'));
