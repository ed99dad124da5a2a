/* The command `muster serve`. */
#pragma once

#include "cli/command.h"

extern const CommandGroup DAEMON_SERVE;
