/* What the sink remembers: a line per accepted copy, and the first messages as files. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int log_fd;          /* -1: no log */
    GString *pending;    /* lines not written yet */
    const char *keep;    /* borrowed: directory of the kept messages, or NULL */
    uint64_t keep_first; /* how many of them */
    uint64_t accepted;   /* messages so far */
} Record;

/* Opens the log for appending. Ends the process if that fails: there is nothing to test then.
 */
void record_init(Record *record, const char *log_path, const char *keep, uint64_t keep_first);
void record_clear(Record *record);

/* One line for one recipient, with tabs between: time, sender ("" if it is empty), recipient,
 * size (bytes as transferred), Message-ID. */
void record_copy(Record *record, int64_t now_us, const char *sender, const char *recipient,
                 uint64_t size, const char *message_id, size_t message_id_size);

bool record_keeps(const Record *record);

/* Stores a message as NUMBER.eml, counted from 1; bytes are as transferred. */
void record_message(Record *record, const char *bytes, size_t size);

/* Writes what is pending: before any of these copies is answered, so that the log has them
 * whatever becomes of the answer. */
void record_flush(Record *record);
