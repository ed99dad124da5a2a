/* Importing: what becomes of the lines of somebody else's list. An import adds people and seats
 * and fills in what is not on file (a mobile number, a second address, a name with lost
 * letters); it never overwrites, moves or removes. All of it happens or nothing. */
#pragma once

#include "directory/contact.h"
#include "directory/import_line.h"

typedef enum {
    IMPORT_ADD_PERSON, /* somebody new, with a seat */
    IMPORT_ADD_SEAT,   /* somebody on file gets a further TLD */
    IMPORT_COMPLETE,   /* on file; what was missing there is filled in */
    IMPORT_PRESENT,    /* on file as the line says */
    IMPORT_SECOND,     /* the second address of another line's person */
    IMPORT_REFUSED,    /* see reason */
    IMPORT_ACTIONS
} ImportAction;

/* As it is shown: "add person", ... */
const char *import_action_name(ImportAction action);

/* What happens with one line. Strings are owned. */
typedef struct {
    int64_t number; /* of the line in the file */
    ImportAction action;
    char *tld;          /* as the line says it, printable; NULL if it does not */
    char *name;         /* likewise */
    char *primary;      /* likewise */
    char *reason;       /* why it is refused, or what it belongs to; else NULL */
    GPtrArray *notices; /* char *: what was cleaned, lost or filled in */
} ImportStep;

typedef struct {
    GPtrArray *steps; /* ImportStep, one for each line, in the file's order */
    int64_t counts[IMPORT_ACTIONS];
    bool is_done; /* it is on file now */
} ImportPlan;

void import_plan_clear(ImportPlan *plan);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImportPlan, import_plan_clear)

typedef enum {
    IMPORT_TRY,      /* only finds out what would happen */
    IMPORT_ALL,      /* does it if no line is refused */
    IMPORT_SKIP_BAD, /* does it without the lines that are refused */
} ImportMode;

/* Runs the lines in one transaction. That lines are refused is an answer, not a failure: then
 * ret_plan->is_done says whether anything came of it. edit->notices is not used. */
bool import_run(Db *db, const Edit *edit, const ImportFile *file, ImportMode mode,
                ImportPlan *ret_plan, GError **err);
