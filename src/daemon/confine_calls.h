/* The system calls that a role does not need are taken away. */
#pragma once

#include <glib.h>
#include <stdbool.h>

bool confine_calls(bool starts_programs, GError **err);
