/* Offices: what else a person may be to the community, with dates and who granted it. */
#pragma once

#include "directory/person.h"

/* A plain value; strings are owned by the struct. */
typedef struct {
    int64_t id;
    int64_t person_id;
    char *person; /* name of the holder */
    char *kind;   /* see OFFICE_TABLE */
    int64_t since;
    int64_t until; /* 0: held */
    char *granted_by;
    char *ended_by; /* NULL while held */
} Office;

void office_free(Office *office);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Office, office_free)

typedef struct {
    const char *kind;
    const char *title;
    bool is_of_committee; /* gets what is sent to the committee (R132) */
    bool is_listener;     /* gets what is sent to everyone */
    bool may_post;
    bool may_vote; /* on decisions of the committee */
} OfficeKind;

#define OFFICES 6
extern const OfficeKind OFFICE_TABLE[OFFICES];

/* The same flags for SQL, as lists for IN. */
#define OFFICE_SQL_COMMITTEE "('chair', 'committee', 'secretary', 'liaison')"
#define OFFICE_SQL_LISTENERS "('chair', 'committee', 'secretary', 'liaison', 'observer')"
#define OFFICE_SQL_POSTERS   "('chair', 'committee', 'secretary', 'liaison')"
#define OFFICE_SQL_VOTERS    "('chair', 'committee')"

/* By its name. ERR_INVALID names them all. */
bool office_kind_parse(const char *text, const OfficeKind **ret_kind, GError **err);

/* Grants an office as of since, which is now or before. ERR_EXISTS if the person holds it. */
bool office_grant(Db *db, const Edit *edit, int64_t person_id, const char *kind, int64_t since,
                  GError **err);

/* The same for somebody new, who gets an entry without a seat. */
bool office_grant_new(Db *db, const Edit *edit, const PersonInput *input, const char *kind,
                      int64_t since, int64_t *ret_person_id, GError **err);

/* Ends an office held. A person who then has neither seat nor office is deleted, with a notice.
 * ERR_NOT_FOUND if the person does not hold it. */
bool office_end(Db *db, const Edit *edit, int64_t person_id, const char *kind, int64_t until,
                GError **err);

/* The Offices held, or with is_all those of the past too, by kind and date; of one person
 * unless person_id is 0. */
GPtrArray *office_list(Db *db, int64_t person_id, bool is_all, GError **err);

/* The Offices held by people with these numbers, at most MANY (directory/many.h), person by
 * person. */
GPtrArray *office_list_of_people(Db *db, const int64_t *ids, size_t n_ids, GError **err);
