/* What a role gives up before it sees the first byte from outside. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* No new privileges, no core files (they would hold mail), files for the owner only, and no
 * system calls that no role needs: programs, other processes, the kernel. */
bool confine_process(GError **err);

/* Gives a folder to a user, if we are root and name is not NULL. */
bool confine_hand_over(const char *folder, const char *name, GError **err);

/* Becomes a user for good, with its groups, if we are root and name is not NULL. ERR_NOT_FOUND
 * if there is none of that name; ERR_DENIED if we are neither root nor that user. */
bool confine_become(const char *name, GError **err);
