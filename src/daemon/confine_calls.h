/* The system calls that no role needs are taken away. */
#pragma once

#include <glib.h>
#include <stdbool.h>

bool confine_calls(GError **err);
