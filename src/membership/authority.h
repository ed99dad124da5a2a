/* Authorities: who speaks for a TLD according to IANA, as far as it is believed. An authority
 * vouches for contacts; it is no member by that.
 *
 * WHOIS says what is on file, and RDAP stands in for it until WHOIS was read once; an e-mail
 * address is put on file only when it is believed (authority_judge.h). What cannot be read, or
 * is not answered, leaves everything as it was. */
#pragma once

#include "directory/tld.h"
#include "membership/authority_judge.h"
#include "membership/iana.h"

typedef enum { AUTHORITY_ADMINISTRATIVE, AUTHORITY_TECHNICAL } AuthorityRole;

#define AUTHORITY_ROLES 2

/* "administrative", "technical" */
const char *authority_role_text(AuthorityRole role);

/* A plain value; strings are owned by the struct. The e-mail addresses in record are those that
 * are believed, or were before they came to be doubted. */
typedef struct {
    IanaRecord record;
    AddressState addresses[AUTHORITY_ROLES]; /* borrows from record and candidates */
    char *candidates[AUTHORITY_ROLES];
    int64_t asked_at; /* when IANA was last asked, seconds since 1970 UTC */
    int64_t read_at;  /* when an answer of either source was last read */
    int64_t unseen;   /* weighty changes that the secretariat has not seen */
} Authority;

void authority_free(Authority *authority);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Authority, authority_free)

/* By the TLD's A-label. *ret_authority is NULL if no answer about it was ever read. */
bool authority_find(Db *db, const char *tld, Authority **ret_authority, GError **err);

/* The same, and ERR_NOT_FOUND with what to do about it. */
bool authority_get(Db *db, const char *tld, Authority **ret_authority, GError **err);

/* That it was never read, and what to do about it: for people. */
char *authority_never_read(const char *tld);

/* Taking in what IANA answered */

typedef enum {
    AUTHORITY_FAILED, /* nothing could be read: all is as it was */
    AUTHORITY_NEW,    /* read for the first time */
    AUTHORITY_SAME,
    AUTHORITY_CHANGED,
} AuthorityOutcome;

/* "failed", "new", "same", "changed" */
const char *authority_outcome_text(AuthorityOutcome outcome);

typedef struct {
    AuthorityOutcome outcome;
    GPtrArray *changes;           /* titles of the fields that changed: const char * */
    char *failures[IANA_SOURCES]; /* why a source was not read; NULL if it was */
    bool is_in_doubt;             /* an address that was seen is not believed */
} AuthorityTaken;

void authority_taken_clear(AuthorityTaken *taken);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AuthorityTaken, authority_taken_clear)

/* Puts on file what both sources answered (in the order of IanaSource) about a TLD, in one
 * transaction with the changes and their journal row. *ret_taken is to be cleared. */
bool authority_take(Db *db, const char *actor, const char *tld, const IanaAnswer *answers,
                    int64_t now, AuthorityTaken *ret_taken, GError **err);

/* Believes the addresses that one source published when it was last read, whatever the other
 * one says: a person has made sure of them, and so has seen what changed. ERR_NOT_FOUND if that
 * source was never read. */
bool authority_accept(Db *db, const char *actor, const char *tld, IanaSource source,
                      int64_t now, GError **err);

/* What each source said when it was last asked. */
typedef struct {
    IanaRecord *record; /* NULL if it was never read */
    int64_t asked_at;   /* 0: never */
    int64_t read_at;    /* 0: never */
    char *failure;      /* why the last answer could not be read; NULL if it was */
} AuthoritySource;

void authority_source_clear(AuthoritySource *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AuthoritySource, authority_source_clear)

bool authority_source_get(Db *db, const char *tld, IanaSource source, AuthoritySource *ret,
                          GError **err);
