/* Persons: whom the system knows by name, with their addresses and mobile phone. What a person
 * is to the community is a seat (directory/seat.h) or an office (directory/office.h). */
#pragma once

#include "directory/edit.h"

#define PERSON_LANGUAGE "en" /* of those who named none */

/* A plain value; strings are owned by the struct. Names, mobile_typed and ascii_name are clean
 * (base/text.h), addresses canonical. */
typedef struct {
    int64_t id;
    char *given_name;
    char *family_name;       /* "" for people with one name */
    char *ascii_name;        /* the whole name, where somebody wrote one; else NULL */
    char *mobile;            /* E.164; NULL if none is known */
    char *mobile_extension;  /* NULL if none */
    char *mobile_typed;      /* "+1 613 555 0100 ext 7"; NULL with mobile */
    char *primary;           /* the address that gets mail */
    char *secondary;         /* NULL if none */
    bool secondary_delivers; /* false: accepted from, but not written to (R83) */
    char *language;          /* BCP 47 */
    int64_t created_at;
} Person;

void person_free(Person *person);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Person, person_free)

/* *ret_person is NULL if there is none. */
bool person_find(Db *db, int64_t id, Person **ret_person, GError **err);

/* The Persons with these numbers, at most MANY (directory/many.h), in no order. */
GPtrArray *person_list(Db *db, const int64_t *ids, size_t n_ids, GError **err);

/* By primary or secondary address, canonical. */
bool person_find_by_address(Db *db, const char *address, Person **ret_person, GError **err);

/* The same within an edit, which may know without asking that it is nobody's. */
bool person_find_owner(Db *db, const Edit *edit, const char *address, Person **ret_person,
                       GError **err);

/* "Jane Doe" */
char *person_name(const Person *person);

/* The name in printable ASCII for plain lists (R117): as written by somebody, else derived.
 * NULL if the name's script has no such form. */
char *person_ascii_name(const Person *person);

/* By which people are sorted, and found by whole names: the name and, if it differs, its ASCII
 * form, both folded. */
char *person_search_name(const Person *person);

/* The mobile number for people; NULL if there is none. */
char *person_mobile(const Person *person);

/* Whether a name has a word of this person's, but for case and accents. */
bool person_shares_name(const Person *person, const char *name);

/* Whether two names are one but for case, accents and spaces. A "?" in either may stand for any
 * letters, since Mailman 2 writes it for those it cannot. */
bool person_has_name(const Person *person, const char *name);

typedef enum { PERSON_MAIL_AS_IS, PERSON_MAIL_YES, PERSON_MAIL_NO } PersonMail;

/* What to set, as people type it. NULL leaves a thing as it is, "" takes it away. */
typedef struct {
    const char *given_name;
    const char *family_name;
    const char *ascii_name;
    const char *mobile;
    const char *primary;
    const char *secondary;
    PersonMail secondary_mail; /* whether it gets mail; a new one does not by itself */
    const char *language;
} PersonInput;

/* Reads an address as people paste it: what is invisible or typography goes, which *ret_changes
 * (may be NULL) says as text_clean does. *ret_address is NULL if nothing is left. */
bool person_parse_address(const char *typed, char **ret_address, unsigned *ret_changes,
                          GError **err);

/* Takes a whole name apart as people write it: "Doe, Jane" has the family name first, else it
 * is the last word. *ret_family is left alone for people with one name. */
void person_split_name(const char *name, char **ret_given, char **ret_family);

/* Sets what the input says, with notices of what was cleaned. ERR_INVALID names the field. The
 * person may be half changed after a failure. */
bool person_apply(Person *person, const PersonInput *input, const Edit *edit, GError **err);

/* What follows runs inside the caller's transaction and writes neither journal nor the words
 * that people are found by (directory/person_words.h). */

/* Whether the addresses of after that differ from before (NULL: all) are nobody else's.
 * ERR_EXISTS says whose address it is. */
bool person_check_addresses(Db *db, const Edit *edit, const Person *before, const Person *after,
                            GError **err);

/* Stores a new person, with id and created_at set, whose addresses were checked. */
bool person_insert(Db *db, const Edit *edit, Person *person, GError **err);

/* Stores what differs between before and after, whose addresses were checked. */
bool person_update(Db *db, const Edit *edit, const Person *before, const Person *after,
                   GError **err);

/* Deletes a person who has neither seat nor office held; *ret_deleted tells. */
bool person_delete_idle(Db *db, int64_t id, bool *ret_deleted, GError **err);

#define PERSON_VALUES 8

/* The values of after that differ from before (NULL: all that it has), for the journal. Fills
 * at most PERSON_VALUES and returns how many; they borrow from after. */
size_t person_values(const Person *before, const Person *after, JournalValue *values);
