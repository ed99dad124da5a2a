/* Contacts: persons who speak for TLDs, as they are added, changed, removed, looked up and
 * recognised. Everything here is one step of the domain for the command line, mail and web
 * alike: a change is one transaction with its journal rows. */
#pragma once

#include "directory/person.h"
#include "directory/seat.h"

/* A person with what it is to the community. */
typedef struct {
    Person *person;
    GPtrArray *seats;   /* Seat, ASCII TLDs first */
    GPtrArray *offices; /* Office, those held */
} Contact;

void contact_free(Contact *contact);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Contact, contact_free)

/* ERR_NOT_FOUND if there is no such person. */
bool contact_get(Db *db, int64_t person_id, Contact **ret_contact, GError **err);

/* The Contacts of one TLD by rank, or of all TLDs (a_label NULL) by name. */
GPtrArray *contact_list(Db *db, const char *a_label, GError **err);

/* What a person meant by naming somebody: an address, "ca/1" for the first contact of .ca, a
 * number as contact_list gives it, or a name, in whole words, that only one person has.
 * ERR_NOT_FOUND, or ERR_INVALID if several have it. */
bool contact_resolve(Db *db, const char *text, int64_t *ret_person_id, GError **err);

/* Changing */

/* Adds somebody who speaks for a TLD (as tld_parse reads it), at rank 0 for the next free one.
 * If the primary address is on file under the same name (or input gives no name), that person
 * gets one seat more, and what else the input says must be what is on file.
 *
 * Fails with ERR_INVALID (the TLD, a field, a missing mobile number, a secondary address inside
 * the TLD: R81), ERR_EXISTS (an address of somebody else, a seat that is there already),
 * ERR_LIMIT (the TLD is full: R27). */
bool contact_add(Db *db, const Edit *edit, const char *tld, int64_t rank,
                 const PersonInput *input, int64_t *ret_person_id, GError **err);

/* Changes what the input says and, with a TLD, the rank there (0: as it is). */
bool contact_change(Db *db, const Edit *edit, int64_t person_id, const PersonInput *input,
                    const char *tld, int64_t rank, GError **err);

/* Takes a contact off a TLD, or off all with tld NULL. A person who then has neither seat nor
 * office is deleted; the journal keeps what was. A notice tells of that, and of a TLD that has
 * nobody left. */
bool contact_remove(Db *db, const Edit *edit, int64_t person_id, const char *tld, GError **err);

/* The parts of these that run inside the caller's transaction. details, which may be NULL, goes
 * into the journal. */

/* Adds somebody who is not on file yet. A missing mobile number is a notice here, as old lists
 * have such lines. What is refused is refused before anything is written. */
bool contact_add_new(Db *db, const Edit *edit, const Tld *tld, int64_t rank,
                     const PersonInput *input, const char *details, int64_t *ret_person_id,
                     GError **err);

/* Gives somebody on file a seat; what the input says must be what is on file. */
bool contact_add_seat(Db *db, const Edit *edit, const Tld *tld, int64_t rank,
                      const Person *person, const PersonInput *input, const char *details,
                      GError **err);

bool contact_change_within(Db *db, const Edit *edit, int64_t person_id,
                           const PersonInput *input, const char *details, GError **err);

bool contact_remove_within(Db *db, const Edit *edit, int64_t person_id, const char *tld,
                           const char *details, GError **err);

/* Looking up */

/* At most CONTACT_FOUND_MAX Contacts, by name, that all words fit in any order: a TLD, the
 * beginning of an address, of its domain or of a part of either, a phone number however typed
 * or its last digits, the beginning of any word of a name (directory/person_words.h) in any
 * case and without its accents. Of more than that many, those who have the very word first. */
GPtrArray *contact_search(Db *db, const char *words, GError **err);

/* Whose address a mail came from. */
typedef struct {
    int64_t person_id;
    char *name;    /* "Jane Doe" */
    char *address; /* as it is on file */
    bool is_secondary;
    char **tlds; /* A-labels, ASCII first; empty for one who holds an office only */
} Recognised;

void recognised_free(Recognised *recognised);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recognised, recognised_free)

/* Who may post from this address (canonical): a contact, or the holder of an office that may
 * (directory/office.h). *ret_recognised is NULL if nobody does. An address alone proves
 * nothing: evidence is the caller's matter. */
bool contact_recognise(Db *db, const char *address, Recognised **ret_recognised, GError **err);
