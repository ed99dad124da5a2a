/* What an SMTP client has still to write: commands as text, message bodies as references, so
 * that a thousand copies of a message share its bytes. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <sys/uio.h>

typedef struct {
    GString *text; /* the commands not written yet, from text_at */
    size_t text_at;
    size_t text_end; /* what of it is in pieces already */
    GArray *pieces;  /* what follows what; see smtp_out.c */
    unsigned first;  /* piece not wholly written */
    size_t first_at; /* bytes of it that are */
    uint64_t queued; /* bytes in all, since the beginning: in pieces */
    uint64_t written;
} SmtpOut;

void smtp_out_init(SmtpOut *out);
void smtp_out_clear(SmtpOut *out);

/* Appends to the end. Text can also be appended to out->text directly. */
void smtp_out_text(SmtpOut *out, const char *text);
void smtp_out_body(SmtpOut *out, GBytes *body);

/* Position of the end, in bytes since the beginning: `written` reaches it when all that is
 * queued now is written. */
uint64_t smtp_out_end(SmtpOut *out);

/* Fills up to n vectors, which are valid until the next call of another function; how many. */
size_t smtp_out_vectors(SmtpOut *out, struct iovec *ret_vectors, size_t n);
void smtp_out_wrote(SmtpOut *out, size_t size);

/* Drops all that is not written. */
void smtp_out_drop(SmtpOut *out);
