/* The Authentication-Results field (RFC 8601): what a mail server found out about a message.
 * Reading one says nothing about who wrote it: that is for mail/evidence.h. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* "header.from=nic.example": type "header", name "from" (RFC 8601 section 2.3). */
typedef struct {
    char *type; /* lower case; "" if the writer left it out, as in "action=none" */
    char *name; /* lower case */
    char *value;
} AuthProperty;

/* What one method found: "dkim=pass (2048-bit key) header.d=nic.example". */
typedef struct {
    char *method;          /* lower case, without its version */
    char *result;          /* lower case */
    char *reason;          /* NULL if none was given */
    GPtrArray *properties; /* AuthProperty, in order */
    GPtrArray *comments;   /* char*, in order, without their outer parentheses */
} AuthResult;

typedef struct {
    char *authserv_id;  /* who says so; "" if the writer left it out, as Exchange does */
    int64_t version;    /* 1 if the writer left it out */
    GPtrArray *results; /* AuthResult, in order; empty for "none" */
} AuthResults;

/* Reads the value of one field, unfolded. Quotes and their escapes are gone from what it
 * returns; values may hold any other character. Knows the grammar of RFC 8601 with all its
 * comments and quoted strings, and gets over what servers write beside it: base64 without
 * quotes, a property without type or value, words that belong to nothing, a ";" at the end.
 * Fails with ERR_INVALID if a comment or a quoted string does not end, if there is nothing to
 * read, or if the value has more than AUTH_RESULTS_MAX bytes. */
AuthResults *auth_results_parse(const char *value, GError **err);

void auth_results_free(AuthResults *results);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthResults, auth_results_free)

/* The first property of that type and name, both in lower case; NULL if there is none. */
const char *auth_result_property(const AuthResult *result, const char *type, const char *name);
