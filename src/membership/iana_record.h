/* What IANA publishes of one TLD, as its WHOIS and its RDAP say it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts of IANA's are kept as published: UTF-8 without NUL, of at most IANA_VALUE_MAX bytes;
 * a field that occurs several times is one text with line feeds. NULL: it says nothing. */
typedef struct {
    char *name;
    char *organisation;
    char *address; /* postal */
    char *phone;
    char *fax;
    char *email; /* not checked: "a@x", but also whatever else somebody wrote there */
} IanaContact;

/* A plain value; strings are owned by the struct. */
typedef struct {
    char *domain;       /* what this is about: A-labels in lower case */
    char *status;       /* in lower case: "active", "former"; "not assigned" for a code that has
                         * an entry and no manager */
    char *organisation; /* the manager of the TLD */
    char *address;      /* of the manager, postal */
    IanaContact administrative;
    IanaContact technical;
    char *dnssec;       /* "signed" or "unsigned" */
    int64_t ds_count;   /* DS records */
    int64_t created_at; /* seconds since 1970 UTC, of a day; 0: it does not say */
    int64_t changed_at;
} IanaRecord;

void iana_record_clear(IanaRecord *record);
void iana_record_free(IanaRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IanaRecord, iana_record_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IanaRecord, iana_record_free)

/* The table of what may be compared: every text but the domain. */
typedef enum { IANA_TEXT, IANA_PHONE, IANA_EMAIL } IanaKind;
typedef enum { IANA_TLD, IANA_ADMINISTRATIVE, IANA_TECHNICAL } IanaPart;

typedef struct {
    const char *key;   /* "administrative_email": column of the store, member of a record */
    const char *title; /* "administrative e-mail" */
    IanaPart part;
    IanaKind kind;
    bool is_weighty; /* says who speaks for the TLD: a street or a fax number does not */
    size_t offset;   /* of a char * in IanaRecord */
} IanaField;

#define IANA_FIELDS 16

extern const IanaField IANA_FIELD_TABLE[IANA_FIELDS];

/* NULL if there is none of that key. */
const IanaField *iana_field_find(const char *key);

/* Borrowed; NULL if the record says nothing. */
const char *iana_record_get(const IanaRecord *record, const IanaField *field);

/* Takes text, which may be NULL. */
void iana_record_take(IanaRecord *record, const IanaField *field, char *text);

/* Whether two values mean the same, however written: case, accents, spaces and line ends do not
 * count, of a phone number only its digits do. NULL is the same as NULL only. */
bool iana_value_is_same(const IanaField *field, const char *a, const char *b);

/* A reader's step: adds a text as a further line of what is there. Blank text adds nothing.
 * Fails with ERR_LIMIT over IANA_VALUE_MAX bytes. */
bool iana_value_add(char **value, const char *text, GError **err);
