/* The sandbox of a process that reads hostile bytes from standard input, writes what it found
 * to standard output, and can do nothing else. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Closes the sandbox around this process, for good; as root or not, in a container or not. From
 * then on:
 *  - a system call other than reading fd 0, writing fd 1, handling memory and leaving kills the
 *    process (SIGSYS), but opening a file just fails with EACCES: the C library tries that when
 *    somebody asks it for a character set that nobody loaded before;
 *  - memory cannot be made executable, there is no core file, nobody but root can trace it;
 *  - it dies when it uses more than SANDBOX_MEMORY_MAX or PARSER_CPU_S (SIGXCPU).
 * What it needs from disk must be loaded before. Fails with ERR_INTERNAL, with the sandbox half
 * closed: the process must end then. */
bool sandbox_reader(GError **err);

/* Whether this build has the filter of system calls. One with sanitizers, which need many of
 * them, and one without libseccomp have none, and only the limits hold. */
bool sandbox_has_filter(void);

/* The filter alone; sandbox_reader() calls it last. */
bool sandbox_filter(GError **err);
