/* The command groups, one per file of this folder; main puts them together. */
#pragma once

#include "cli/command.h"
