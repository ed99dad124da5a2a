/* What contacts and offices share inside of this layer. */
#pragma once

#include "directory/contact.h"

typedef struct {
    int64_t id;
} ContactId;

extern const DbRecord CONTACT_ID_RECORD; /* of one column "id" */

/* The Contacts for an array of ContactId, in its order; who is gone meanwhile is left out. */
GPtrArray *contact_get_all(Db *db, const GPtrArray *ids, GError **err);

/* The ContactIds of those whose name has all words of this one, each whole; at most
 * CONTACT_FOUND_MAX. */
GPtrArray *contact_ids_named(Db *db, const char *name, GError **err);

/* Whose address an input gives as the primary one; NULL if it is nobody's yet. */
bool contact_find_primary(Db *db, const Edit *edit, const char *typed, Person **ret_person,
                          GError **err);

/* Whether the name that an input gives, if it gives one, is the person's. ERR_EXISTS says whose
 * address it is. */
bool contact_check_name(const Person *person, const PersonInput *input, GError **err);

/* The same for all that an input gives; its primary address must be the person's. */
bool contact_check_agrees(const Person *person, const PersonInput *input, GError **err);

/* Deletes a person who has neither seat nor office left, inside the caller's transaction, with
 * a journal row and a notice. */
bool contact_forget_idle(Db *db, const Edit *edit, const Person *person, GError **err);
