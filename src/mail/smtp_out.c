#include "mail/smtp_out.h"

typedef struct {
    GBytes *body; /* NULL: the next `size` bytes of text */
    size_t size;
} Piece;

static void piece_clear(void *piece)
{
    g_bytes_unref(((Piece *) piece)->body);
}

void smtp_out_init(SmtpOut *out)
{
    *out = (SmtpOut){ .text = g_string_new(NULL),
                      .pieces = g_array_new(FALSE, FALSE, sizeof(Piece)) };
    g_array_set_clear_func(out->pieces, piece_clear);
}

void smtp_out_clear(SmtpOut *out)
{
    g_string_free(out->text, TRUE);
    g_array_unref(out->pieces);
}

void smtp_out_text(SmtpOut *out, const char *text)
{
    g_string_append(out->text, text);
}

static void add_piece(SmtpOut *out, GBytes *body, size_t size)
{
    Piece piece = { .body = body, .size = size };

    if (size == 0)
        return;
    if (body != NULL)
        g_bytes_ref(body);
    g_array_append_val(out->pieces, piece);
    out->queued += size;
}

/* Makes a piece of the text that was added since. */
static void seal_text(SmtpOut *out)
{
    add_piece(out, NULL, out->text->len - out->text_end);
    out->text_end = out->text->len;
}

void smtp_out_body(SmtpOut *out, GBytes *body)
{
    seal_text(out);
    add_piece(out, body, g_bytes_get_size(body));
}

uint64_t smtp_out_end(SmtpOut *out)
{
    seal_text(out);
    return out->queued;
}

size_t smtp_out_vectors(SmtpOut *out, struct iovec *ret_vectors, size_t n)
{
    size_t count = 0;

    seal_text(out);
    const char *text = out->text->str + out->text_at;
    for (unsigned i = out->first; i < out->pieces->len && count < n; i++, count++) {
        const Piece *piece = &g_array_index(out->pieces, Piece, i);
        size_t skip = i == out->first ? out->first_at : 0;
        const char *bytes = text;

        if (piece->body != NULL)
            bytes = (const char *) g_bytes_get_data(piece->body, NULL) + skip;
        else
            text += piece->size - skip;
        /* struct iovec has no const, though writing does not change what it points to. */
        ret_vectors[count].iov_base = (void *) (uintptr_t) bytes;
        ret_vectors[count].iov_len = piece->size - skip;
    }
    return count;
}

static size_t wrote_some(SmtpOut *out, size_t size)
{
    g_assert(out->first < out->pieces->len);

    const Piece *piece = &g_array_index(out->pieces, Piece, out->first);
    size_t part = MIN(size, piece->size - out->first_at);
    if (piece->body == NULL)
        out->text_at += part;
    out->first_at += part;
    out->written += part;
    if (out->first_at == piece->size) {
        out->first++;
        out->first_at = 0;
    }
    return part;
}

static void forget_written(SmtpOut *out)
{
    if (out->first == out->pieces->len) {
        g_array_set_size(out->pieces, 0);
        out->first = 0;
    }
    if (out->text_at == out->text->len) {
        g_string_truncate(out->text, 0);
        out->text_at = 0;
        out->text_end = 0;
    }
}

void smtp_out_wrote(SmtpOut *out, size_t size)
{
    while (size > 0)
        size -= wrote_some(out, size);
    forget_written(out);
}

void smtp_out_drop(SmtpOut *out)
{
    out->first = out->pieces->len;
    out->first_at = 0;
    out->text_at = out->text->len;
    forget_written(out);
}
