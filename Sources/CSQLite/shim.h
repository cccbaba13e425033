// The door to SQLite.
#pragma once
#include <sqlite3.h>
#include <stdint.h>

// SQLITE_TRANSIENT is a cast macro, which Swift cannot import.
static inline sqlite3_destructor_type csqlite_transient(void) { return SQLITE_TRANSIENT; }

// sqlite3_db_config is variadic. The file may have been written by an enemy: nothing in its schema
// may run code, and nothing that it says is trusted.
static inline void csqlite_harden(sqlite3 *database) {
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)0);
    // No record of ours comes near: what is larger is refused before it fills the memory.
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, 16 << 20);
}

// The header of the WAL-index (https://sqlite.org/walformat.html, section 2.1): SQLite's own sign that
// nothing was committed. It stands twice at the beginning of the shared memory; a writer changes the
// second copy first, a reader reads the first copy first. A connection whose copy is equal keeps its pages.
struct csqlite_log_state {
    // Version and nothing; number of changes, flags; last frame, pages; checksum of the frames; salts; checksum.
    uint64_t words[6];
};

// Where SQLite has mapped the WAL-index of a connection that is in WAL mode and has read; else NULL. To be
// called by the connection's thread; the mapping stays where it is until the connection is closed.
static inline const void *csqlite_log_index(sqlite3 *database) {
    sqlite3_file *file = 0;
    void volatile *index = 0;
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file
        || !file->pMethods || file->pMethods->iVersion < 2 || !file->pMethods->xShmMap
        || file->pMethods->xShmMap(file, 0, 32768, 0, &index) != SQLITE_OK)
        return 0;
    return (const void *)index;
}

// Reads the header; any thread may. 0 where it says nothing: it is being written, its writer died in the
// middle, or its form is not the one that is known here.
static inline int csqlite_read_log_state(const void *index, struct csqlite_log_state *state) {
    enum { known_form = 3007000, is_initialised = 1 };
    const uint64_t *first = (const uint64_t *)index, *second = first + 6;
    for (int i = 0; i < 6; i++) state->words[i] = __atomic_load_n(first + i, __ATOMIC_ACQUIRE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    uint64_t differences = 0;
    for (int i = 0; i < 6; i++) differences |= state->words[i] ^ __atomic_load_n(second + i, __ATOMIC_ACQUIRE);
    uint32_t fields[12], sum = 0, other = 0;
    __builtin_memcpy(fields, state->words, sizeof fields);
    for (int i = 0; i < 10; i += 2) {
        sum += fields[i] + other;
        other += fields[i + 1] + sum;
    }
    const unsigned char *flags = (const unsigned char *)&fields[3];
    return differences == 0 && fields[0] == known_form && flags[0] == is_initialised && sum == fields[10]
        && other == fields[11];
}

// Whether the log was empty when the header was made from it, and no change or checkpoint came since. Such
// headers are all alike, also those of two times between which a process died that had emptied the log.
static inline int csqlite_log_state_is_blank(const struct csqlite_log_state *state) {
    return state->words[2] == 0 && state->words[4] == 0;
}
