/* What a role gives up before it sees the first byte from outside. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* No new privileges, no core files (they would hold mail), files for the owner only, and no
 * system calls that a role does not need: other processes, the kernel, and other programs
 * unless it starts_programs. */
bool confine_process(bool starts_programs, GError **err);

/* Gives a folder to a user, if we are root and name is not NULL. */
bool confine_hand_over(const char *folder, const char *name, GError **err);

/* Becomes a user for good, with its groups, if we are root and name is not NULL. ERR_NOT_FOUND
 * if there is none of that name; ERR_DENIED if we are neither root nor that user. */
bool confine_become(const char *name, GError **err);
