/* The command groups, one per file of this folder; main puts them together. */
#pragma once

#include "cli/command.h"

extern const CommandGroup CLI_AUTHORITY;
extern const CommandGroup CLI_CONTACT;
extern const CommandGroup CLI_DECISION;
extern const CommandGroup CLI_DESK;
extern const CommandGroup CLI_IMPORT;
extern const CommandGroup CLI_INVITE;
extern const CommandGroup CLI_JOURNAL;
extern const CommandGroup CLI_MAIL;
extern const CommandGroup CLI_MESSAGE;
extern const CommandGroup CLI_QUEUE;
extern const CommandGroup CLI_OFFICE;
extern const CommandGroup CLI_REQUEST;
extern const CommandGroup CLI_ROSTER;
extern const CommandGroup CLI_SETUP;
extern const CommandGroup CLI_SMS;
extern const CommandGroup CLI_STORE;
extern const CommandGroup CLI_STATUS;
extern const CommandGroup CLI_TLD;
