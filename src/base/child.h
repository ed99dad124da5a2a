/* Children: programs that we start and talk to over one socket, which is both their standard
 * input and their standard output. They inherit no other descriptor, but standard error if
 * asked for; the socket ends when either side does. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct {
    pid_t pid; /* 0: none runs */
    int fd;    /* ours; blocking, close on exec */
} Child;

/* All borrowed. */
typedef struct {
    const char *program;
    const char *const *arguments; /* after the program's name, NULL at the end; at most 8 */
    char **environment;           /* as of getenv; NULL: an empty one */
    bool keeps_stderr;
    bool is_deaf; /* to the signals that tell a whole group of processes to stop: it ends when
                   * its socket does */
} ChildProgram;

/* Fails with ERR_TEMPORARY. */
bool child_start(const ChildProgram *program, Child *ret_child, GError **err);

/* Kills it, unless it is dead already, and closes its socket; returns its wait status. A
 * process that has begun to die keeps the cause it had. None is fine. */
int child_end(Child *child);

/* Whether it has ended by itself; then *ret_status is its wait status, and its socket is
 * closed.
 */
bool child_has_ended(Child *child, int *ret_status);
