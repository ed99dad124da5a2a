#include "directory/tld_note.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/journal.h"

static const char *const KINDS[] = { "lead", "conversation", "prospect" };

static const DbField FIELDS[] = {
    DB_FIELD(TldNote, id),       DB_FIELD(TldNote, tld),   DB_FIELD(TldNote, u_label),
    DB_FIELD(TldNote, at),       DB_FIELD(TldNote, actor), DB_FIELD(TldNote, kind),
    DB_FIELD(TldNote, source),   DB_FIELD(TldNote, text),  DB_FIELD(TldNote, notes),
    DB_FIELD(TldNote, contacts),
};

static const DbRecord RECORD = {
    .size = sizeof(TldNote),
    .free = (GDestroyNotify) tld_note_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

#define SELECT_NOTE                                                                            \
    "SELECT n.id AS id, n.tld AS tld, coalesce(t.u_label, n.tld) AS u_label, at, actor,"       \
    " n.kind AS kind, source, text, (SELECT count(*) FROM tld_note o WHERE o.tld = n.tld)"     \
    " AS notes, (SELECT count(*) FROM seat s WHERE s.tld = n.tld) AS contacts"                 \
    " FROM tld_note n LEFT JOIN tld t ON t.a_label = n.tld"

void tld_note_free(TldNote *note)
{
    if (note == NULL)
        return;
    g_free(note->tld);
    g_free(note->u_label);
    g_free(note->actor);
    g_free(note->kind);
    g_free(note->source);
    g_free(note->text);
    g_free(note);
}

bool tld_note_check_kind(const char *kind, GError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        if (kind == NULL || g_str_equal(kind, KINDS[i]))
            return true;
    }
    return err_set(err, ERR_INVALID, "a note is a lead, a conversation or a prospect");
}

/* What was typed, made clean. */
static bool clean(const char *what, const char *typed, glong max, char **ret_text, GError **err)
{
    g_autofree char *text = text_clean(typed, NULL);
    if (g_utf8_strlen(text, -1) > max)
        return err_set(err, ERR_INVALID, "%s is longer than %ld characters", what, max);
    *ret_text = *text != '\0' ? g_steal_pointer(&text) : NULL;
    return true;
}

static bool add_within(Db *db, const TldNoteInput *input, const char *source, const char *text,
                       const char *actor, int64_t now, GError **err)
{
    const char *kind = input->kind != NULL ? input->kind : "conversation";
    const JournalValue values[] = { { "text", text }, { "from", source } };
    const JournalEntry entry = {
        .actor = actor,
        .action = "tld.note",
        .tld = input->tld,
        .details = kind,
        .values = values,
        .n_values = source != NULL ? 2 : 1,
    };
    return db_run(db,
                  "INSERT INTO tld_note (tld, at, actor, kind, source, text)"
                  " VALUES ($1, $2, $3, $4, $5, $6)",
                  DB_ARGS(db_text(input->tld), db_int(now), db_text(actor), db_text(kind),
                          db_text(source), db_text(text)),
                  NULL, err) &&
           journal_add(db, &entry, now, err);
}

bool tld_note_add(Db *db, const TldNoteInput *input, const char *actor, int64_t now,
                  GError **err)
{
    g_autofree char *source = NULL;
    g_autofree char *text = NULL;
    const char *from = input->source != NULL ? input->source : "";
    if (!tld_note_check_kind(input->kind, err) ||
        !clean("the note", input->text, TLD_NOTE_MAX, &text, err) ||
        !clean("who said so", from, NAME_MAX_CHARS, &source, err))
        return false;
    if (text == NULL)
        return err_set(err, ERR_INVALID, "the note has no text");
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    return transaction != NULL && add_within(db, input, source, text, actor, now, err) &&
           db_commit(&transaction, err);
}

GPtrArray *tld_note_list(Db *db, const char *tld, const char *kind, int64_t limit, GError **err)
{
    return db_select(db, &RECORD,
                     SELECT_NOTE " WHERE n.tld = $1 AND (n.kind = $2 OR $2 IS NULL)"
                                 " ORDER BY n.id DESC LIMIT $3",
                     DB_ARGS(db_text(tld), db_text(kind), db_int(limit)), err);
}

GPtrArray *tld_note_latest(Db *db, const char *kind, GError **err)
{
    return db_select(db, &RECORD,
                     SELECT_NOTE " WHERE n.id = (SELECT max(m.id) FROM tld_note m"
                                 " WHERE m.tld = n.tld) AND (EXISTS"
                                 " (SELECT 1 FROM tld_note k WHERE k.tld = n.tld"
                                 " AND k.kind = $1) OR $1 IS NULL)"
                                 " ORDER BY t.kind, n.tld LIMIT $2",
                     DB_ARGS(db_text(kind), db_int(TLD_NOTES_MAX)), err);
}
