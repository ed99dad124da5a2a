/* Errors: one domain, few kinds. The kind says whether trying again can help; each edge shows
 * it in its own way from one table. Messages are lower case without a full stop and name the
 * object and the reason; they may hold personal data, so only their readers decide what of them
 * goes to a log. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    ERR_INVALID,   /* the request is wrong and will stay wrong */
    ERR_NOT_FOUND, /* it names something that does not exist */
    ERR_EXISTS,    /* it would create what already exists */
    ERR_DENIED,    /* the caller may not do this */
    ERR_LIMIT,     /* a configured bound was reached, a full disk among them */
    ERR_TEMPORARY, /* the same request can succeed later */
    ERR_UNFIT,     /* program, store and other nodes do not fit together: people must act */
    ERR_INTERNAL,  /* our own fault: a bug or a damaged store */
} ErrKind;

typedef struct {
    const char *name;  /* for JSON and logs: "invalid" */
    const char *reply; /* SMTP and LMTP: reply code and enhanced status (RFC 3463) */
    int http_status;
    int exit_status; /* <sysexits.h> */
} ErrFace;

#define ERR_DOMAIN (err_domain())

GQuark err_domain(void);

/* Sets *err and returns false, so that a function can end with `return err_set(...)`. */
bool err_set(GError **err, ErrKind kind, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The kind of an error; whatever is not of our domain counts as ERR_INTERNAL. */
ErrKind err_kind(const GError *err);

bool err_is(const GError *err, ErrKind kind);

/* The kind of what a call to the system said in errno about a file; what is not known may pass.
 */
ErrKind err_kind_of_errno(int number);

const ErrFace *err_face(ErrKind kind);
