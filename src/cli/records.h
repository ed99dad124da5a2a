/* What several commands of the directory share: records, and edits with their notices. */
#pragma once

#include "cli/command.h"
#include "directory/contact.h"
#include "directory/tld.h"
#include "queue/work.h"

json_t *record_tld(const Tld *tld);
json_t *record_contact(const Contact *contact);

/* An array of contacts, and how it is shown as a table. */
json_t *record_contacts(const GPtrArray *contacts);
extern const OutputColumn RECORD_CONTACT_COLUMNS[];
extern const size_t RECORD_CONTACT_N_COLUMNS;

/* Work by who runs the command, now. */
Work record_work(const Session *session);

/* An edit by who runs the command, now. Its notices are the caller's array. */
Edit record_edit(const Session *session, GPtrArray *notices);

/* The fields of a person that a command took as options. */
PersonInput record_person_input(const Args *args);

/* Prints notices, a line each, and gives them as an array for the record. */
json_t *record_notices(const Session *session, const GPtrArray *notices);

/* Reads a person back and prints its record with the notices of what was done. */
bool record_show_person(Session *session, int64_t person_id, const GPtrArray *notices,
                        GError **err);

/* What <name>... was given, joined by spaces. */
char *record_words(const Args *args, const char *name);
