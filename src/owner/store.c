/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: a SQLite database in the user's folder for state, shared by all
 * instances of the user.
 *
 * Theory of operation. A file is known by device and inode, and by the time
 * when it was made, since inodes are used again: the next file of the inode
 * takes the row. It is opened when it is first written to, or when there is
 * one; most instances never do. Where it can't be had, as without a folder
 * that can be written, a database in memory serves for this instance.
 *
 * Each commit waits for the disk, for milliseconds in which nobody is answered.
 * So what is written within a moment is one transaction. It is lost if nsrun
 * is killed in this moment, which its programs do not survive either.
 *
 * The programs inside belong to the same user, and can write to the file, and
 * put others beside it. So nothing is ever mapped into memory (no WAL, even if
 * the file says so: its index is a shared mapping, and who cuts that kills its
 * users), no open waits (for the other end of a pipe, or the end of a lease),
 * what is not plain data in it is not run (triggers, views), a query has a
 * limit of steps, and waiting for its lock has one too.
 */
#include "src/owner/store.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include "src/host/log.h"
#include "src/host/sys.h"

#define STEPS_MAX      1000000
#define MS	       INT64_C(1000000)
#define WAIT_NS	       (3000 * MS)  /* for other instances, on a busy disk */
#define WAIT_SHORT_NS  (50 * MS)    /* once that was in vain: it is held */
#define WAIT_MOST_NS   (30000 * MS) /* while they write, each in its turn */
#define POLL_NS	       (MS / 2)
#define YIELD_NS       (2 * MS) /* so long who waits for the lock can take it */
#define YIELD_FOR_NS   (1000 * MS) /* where another was met so long ago */
#define BATCH_NS       (20 * MS)   /* with its commit well below WAIT_NS */
#define LAST_TRIES     3
#define STORE_PATH_MAX 512

static sqlite3 *db;
static sqlite3_stmt *get, *set, *remove_row;
static bool in_memory;
static bool batch; /* a transaction is open */
/* CLOCK_MONOTONIC, ns */
static int64_t batch_end, last_end;
static int64_t met_other; /* when it was waited for one, at last */
static int64_t patience;

static const char schema[] =
	"PRAGMA journal_mode = TRUNCATE;"
	"PRAGMA synchronous = NORMAL;"
	"PRAGMA max_page_count = 65536;"
	"CREATE TABLE IF NOT EXISTS files ("
	" dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
	" born_s INTEGER NOT NULL, born_ns INTEGER NOT NULL,"
	" uid INTEGER, gid INTEGER, mode TEXT,"
	" PRIMARY KEY (dev, ino)) WITHOUT ROWID;";

/* Return: how long the path is, 0 when there is no such folder. */
static size_t store_path(char *buf)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int n = 0;

	if (state && state[0] == '/')
		n = snprintf(buf, STORE_PATH_MAX, "%s/nsrun/owners.db", state);
	else if (home && home[0] == '/')
		n = snprintf(buf, STORE_PATH_MAX,
			     "%s/.local/state/nsrun/owners.db", home);
	return n > 0 && n < STORE_PATH_MAX ? (size_t)n : 0;
}

static void make_folders(const char *path)
{
	char part[STORE_PATH_MAX];

	for (const char *at = path + 1; (at = strchr(at, '/')); at++) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		mkdir(part, 0700);
	}
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void pause_for(int64_t ns)
{
	const struct timespec time = { .tv_nsec = ns };

	nanosleep(&time, NULL);
}

/* Whether somebody has written to the database since it was asked last. */
static bool others_write(void)
{
	static struct timespec last;
	const char *path = sqlite3_db_filename(db, "main");
	struct stat st;

	if (!path || stat(path, &st) < 0 ||
	    (st.st_mtim.tv_sec == last.tv_sec &&
	     st.st_mtim.tv_nsec == last.tv_nsec))
		return false;
	last = st.st_mtim;
	return true;
}

/*
 * SQLite's own way sleeps too long to ever meet the lock free. A machine may
 * be so busy that others are met again and again: that is not one who holds it.
 */
static int wait_for_lock(void *unused, int count)
{
	static int64_t begin, since;

	(void)unused;
	met_other = now();
	if (count == 0)
		begin = since = met_other;
	if (others_write() && patience == WAIT_NS &&
	    met_other - begin < WAIT_MOST_NS)
		since = met_other;
	if (met_other - since >= patience)
		return 0;
	pause_for(POLL_NS);
	return 1;
}

static int give_up(void *unused)
{
	(void)unused;
	return 1;
}

static bool prepare(const char *sql, sqlite3_stmt **ret_statement)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT,
				  ret_statement, NULL) == SQLITE_OK;
}

static void close_store(void)
{
	sqlite3_finalize(get);
	sqlite3_finalize(set);
	sqlite3_finalize(remove_row);
	sqlite3_close(db);
	get = set = remove_row = NULL;
	db = NULL;
}

/* ---- SQLite's system calls ---- */

static int open_at_once(const char *path, int flags, int mode)
{
	return open(path, flags | O_NONBLOCK, mode);
}

static void *map_nothing(void *addr, size_t len, int prot, int flags, int fd,
			 off_t offset)
{
	(void)addr, (void)len, (void)prot, (void)flags, (void)fd, (void)offset;
	return MAP_FAILED;
}

static bool harden(void)
{
	const sqlite3_syscall_ptr opens = (sqlite3_syscall_ptr)open_at_once;
	const sqlite3_syscall_ptr maps = (sqlite3_syscall_ptr)map_nothing;
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	return vfs && vfs->xSetSystemCall(vfs, "open", opens) == SQLITE_OK &&
	       vfs->xSetSystemCall(vfs, "mmap", maps) == SQLITE_OK;
}

static bool open_at(const char *path)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			  SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;

	if (!harden() || sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK)
		goto fail;
	patience = WAIT_NS;
	sqlite3_busy_handler(db, wait_for_lock, NULL);
	sqlite3_progress_handler(db, STEPS_MAX, give_up, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	if (sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK &&
	    prepare("SELECT born_s, born_ns, uid, gid, mode FROM files"
		    " WHERE dev = ?1 AND ino = ?2",
		    &get) &&
	    prepare("REPLACE INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		    &set) &&
	    prepare("DELETE FROM files WHERE dev = ?1 AND ino = ?2",
		    &remove_row))
		return true;
fail:
	close_store();
	return false;
}

/* @write: it is made, if need be. Return: whether it is open. */
static bool open_store(bool write)
{
	char path[STORE_PATH_MAX];
	size_t n;

	if (db)
		return true;
	n = store_path(path);
	if (!write && (n == 0 || access(path, F_OK) < 0))
		return false;
	if (n && write)
		make_folders(path);
	if (n && open_at(path))
		return true;
	if (!in_memory)
		log_message("%s: not usable; owners of links and the like are "
			    "remembered for this run alone",
			    n ? path : "no folder for state");
	in_memory = true;
	return open_at(":memory:");
}

/* When it was made; 0 where the file system does not know. */
static struct statx_timestamp born(const struct file *file)
{
	struct statx st = { 0 };

	if (statx(file->fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) < 0 ||
	    !(st.stx_mask & STATX_BTIME))
		return (struct statx_timestamp){ 0 };
	return st.stx_btime;
}

static void bind_key(sqlite3_stmt *statement, const struct file *file)
{
	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)file->st.st_dev);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)file->st.st_ino);
}

static uint32_t id_column(int column)
{
	return sqlite3_column_type(get, column) == SQLITE_INTEGER
		       ? (uint32_t)sqlite3_column_int64(get, column)
		       : OWNER_NONE;
}

static void read_row(const struct file *file, struct owner_record *record)
{
	struct statx_timestamp made = born(file);
	const char *mode;

	if (sqlite3_column_int64(get, 0) != made.tv_sec ||
	    sqlite3_column_int64(get, 1) != made.tv_nsec)
		return;
	record->uid = id_column(2);
	record->gid = id_column(3);
	mode = (const char *)sqlite3_column_text(get, 4);
	if (mode)
		owner_decode_mode(mode, strlen(mode), record);
}

/*
 * Something failed. Unless that passes, the database is closed, and whatever
 * is found at its path is opened the next time.
 */
static void fail(int result)
{
	static bool warned;

	if (!warned)
		log_message("owners.db: %s", sqlite3_errstr(result));
	warned = true;
	if (result != SQLITE_BUSY && result != SQLITE_FULL)
		close_store();
	if (result == SQLITE_BUSY)
		patience = WAIT_SHORT_NS;
	/* An error may have ended the transaction. */
	batch = db && batch && !sqlite3_get_autocommit(db);
}

/*
 * Pipes, sockets without a name and terminals go with their last user, and
 * nothing tells the next one of the inode from them: not remembered.
 */
static bool is_lasting(const struct file *file)
{
	struct statfs fs;

	if (fstatfs(file->fd, &fs) < 0)
		return false;
	return fs.f_type != PIPEFS_MAGIC && fs.f_type != SOCKFS_MAGIC &&
	       fs.f_type != DEVPTS_SUPER_MAGIC &&
	       fs.f_type != ANON_INODE_FS_MAGIC;
}

void store_read(const struct file *file, struct owner_record *record)
{
	int result;

	if (!open_store(false) || !is_lasting(file))
		return;
	bind_key(get, file);
	result = sqlite3_step(get);
	if (result == SQLITE_ROW)
		read_row(file, record);
	sqlite3_reset(get);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		fail(result);
}

int64_t store_timeout(void)
{
	int64_t left;

	if (!batch)
		return -1;
	left = batch_end - now();
	return left < 0 ? 0 : left;
}

static void sync_batch(void)
{
	int result;

	if (!batch)
		return;
	result = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	/* A reader is in the way: it is all still there, and tried again. */
	if (result == SQLITE_BUSY) {
		patience = WAIT_SHORT_NS;
		batch_end = now() + 10 * BATCH_NS;
		return;
	}
	batch = false;
	last_end = now();
	if (result == SQLITE_OK) {
		patience = WAIT_NS;
		return;
	}
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	fail(result);
}

void store_end(void)
{
	for (int i = 0; batch && i < LAST_TRIES; i++)
		sync_batch();
}

void store_expire(void)
{
	if (batch && store_timeout() == 0)
		sync_batch();
}

/* Who has just let go of the lock would else be the next to have it. */
static void yield(void)
{
	int64_t time = now();

	if (time - met_other < YIELD_FOR_NS && time - last_end < YIELD_NS)
		pause_for(YIELD_NS - (time - last_end));
}

static int begin_batch(void)
{
	int result;

	if (batch)
		return SQLITE_OK;
	yield();
	result = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	batch = result == SQLITE_OK;
	batch_end = now() + BATCH_NS;
	return result;
}

static void bind_id(int column, uint32_t id)
{
	if (id == OWNER_NONE)
		sqlite3_bind_null(set, column);
	else
		sqlite3_bind_int64(set, column, id);
}

static int write_row(const struct file *file, const struct owner_record *record)
{
	struct statx_timestamp made = born(file);
	char mode[OWNER_MODE_MAX];
	int result;

	bind_key(set, file);
	sqlite3_bind_int64(set, 3, made.tv_sec);
	sqlite3_bind_int64(set, 4, made.tv_nsec);
	bind_id(5, record->uid);
	bind_id(6, record->gid);
	sqlite3_bind_null(set, 7);
	if (record->has_mode)
		sqlite3_bind_text(set, 7, mode,
				  (int)owner_encode_mode(record, mode),
				  SQLITE_TRANSIENT);
	result = sqlite3_step(set);
	sqlite3_reset(set);
	return result;
}

/*
 * The file's ctime tells that something has changed, as after a chown or a
 * setxattr: known.c goes by that, also in other instances.
 */
static void touch(const struct file *file)
{
	const uid_t none = (uid_t)-1;

	fchownat(file->fd, "", none, none, AT_EMPTY_PATH);
}

long store_write(const struct file *file, const struct owner_record *record)
{
	bool empty = record->uid == OWNER_NONE && record->gid == OWNER_NONE &&
		     !record->has_mode;
	int result;

	if (!is_lasting(file))
		return 0;
	if (!open_store(!empty))
		return empty ? 0 : -EIO;
	result = begin_batch();
	if (result != SQLITE_OK) {
		fail(result);
		return -EIO;
	}
	if (empty) {
		bind_key(remove_row, file);
		result = sqlite3_step(remove_row);
		sqlite3_reset(remove_row);
	} else {
		result = write_row(file, record);
	}
	if (result == SQLITE_DONE) {
		touch(file);
		return 0;
	}
	fail(result);
	return result == SQLITE_FULL ? -ENOSPC : -EIO;
}
