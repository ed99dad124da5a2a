/* Commands: a table row is grammar, help and manual page in one.
 *
 * The grammar of a pattern: words stand for themselves; <name> is a value; <name>... one or
 * more values, at the end; [<name>] may be left out; --name=<x> is an option that must be
 * given; [--name=<x>] one that may be, [--name=<x>...] one that may be several times; [--name]
 * a flag. Options may stand anywhere after the command,
 * as "--name x" or "--name=x"; what follows "--" is no option. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/config.h"
#include "cli/output.h"
#include "store/db.h"

typedef struct Args Args;

/* What a command works on; all borrowed by it. */
typedef struct {
    const char
        *config_file;     /* what -c, MUSTER_CONFIG or the default places gave; NULL if none */
    const Config *config; /* NULL under COMMAND_ALONE */
    Db *db;               /* NULL unless COMMAND_STORE */
    Clock *clock;         /* the system's under COMMAND_ALONE */
    Output *output;
    const char *actor; /* for the journal: "cli:USER" */
    const char *share; /* see paths_share */
    int exit_status;   /* of the program if the command succeeds; EX_OK unless it is set */
} Session;

typedef enum {
    COMMAND_ALONE,  /* needs nothing */
    COMMAND_CONFIG, /* needs the configuration */
    COMMAND_STORE,  /* and an open store of the right version */
} CommandNeed;

typedef struct {
    const char *pattern;
    bool (*run)(Session *session, const Args *args, GError **err);
    CommandNeed need;
    const char *help; /* what it does, one sentence without a full stop */
} Command;

/* A group of commands, as each file of src/cli exports one. */
typedef struct {
    const Command *commands;
    size_t n_commands;
} CommandGroup;

#define COMMAND_GROUP(table)                                                                   \
    {                                                                                          \
        table, G_N_ELEMENTS(table)                                                             \
    }

/* The value of <name> or --name; NULL if it was left out. */
const char *args_get(const Args *args, const char *name);
/* Whether a flag, an option or a value was given. */
bool args_has(const Args *args, const char *name);
/* The values of <name>... or [--name=<x>...]: char *, borrowed. */
const GPtrArray *args_list(const Args *args, const char *name);
/* A number; ERR_INVALID if the value is none within the bounds. *ret_number is left alone if it
 * was not given. */
bool args_number(const Args *args, const char *name, int64_t min, int64_t max,
                 int64_t *ret_number, GError **err);

/* Finds and runs the command of a whole command line and gives the exit status (sysexits.h).
 * Errors go to standard error, one line each. */
int command_main(const CommandGroup *groups, size_t n_groups, int argc, char **argv);
