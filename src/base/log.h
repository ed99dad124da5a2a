/* The log: one line per event on standard error,
 *     2026-11-20T10:00:00Z worker[1234] info: text
 * in the system's time. A line cannot be split or coloured by what is in it, and mail addresses
 * are left out of it. What else goes into it is the callers' rule: no personal data, and what
 * an operator can act on. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    LOG_LEVEL_ERROR,   /* someone must look: something is not done */
    LOG_LEVEL_WARNING, /* someone should look: something may go wrong */
    LOG_LEVEL_INFO,    /* what happened */
    LOG_LEVEL_DEBUG,   /* how it happened */
} LogLevel;

/* Sets what is put before each line and what is written at all, for this process; again after a
 * fork. Without it the role is "muster" and the level info. Messages of GLib take the same form
 * from then on, and its criticals end the process: they are bugs of ours. Under systemd each
 * line begins with its priority ("<6>"). */
void log_open(const char *role, LogLevel level);

/* "error", "warning", "info" or "debug"; false if it is none. */
bool log_level_parse(const char *name, LogLevel *ret_level);

void log_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_warning(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_info(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_debug(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* The line as it is written, with its line end; at is seconds since 1970 UTC. For tests. */
char *log_line(int64_t at, LogLevel level, const char *text);
