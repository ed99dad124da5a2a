/* Slots: names that only one process of an installation bears at a time, by a lock on a file of
 * the run directory. The lock is gone when the last process that holds its descriptor ends,
 * however it ends; children inherit it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Takes the slot, and notes our process number in its file, DIRECTORY/NAME.pid. Fails with
 * ERR_EXISTS, naming the process, if another one has it. */
bool slot_take(const char *run_directory, const char *name, int *ret_fd, GError **err);

/* Leaves it, and the file without a number; -1 is fine. */
void slot_release(int fd);

/* The same name in the store, where several hosts meet: "HOST:DIRECTORY/NAME". */
char *slot_owner(const char *run_directory, const char *name);
