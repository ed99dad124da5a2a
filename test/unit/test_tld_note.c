#include "directory/tld_note.h"

#include "base/err.h"
#include "base/limits.h"
#include "directory_fixture.h"

static void add(Db *db, const char *tld, const char *kind, const char *source, const char *text)
{
    g_autoptr(GError) err = NULL;
    const TldNoteInput input = { .tld = tld, .kind = kind, .source = source, .text = text };
    tld_note_add(db, &input, "cli:kim", NOW, &err);
    g_assert_no_error(err);
}

/* "TLD: text" of each, with bars between. */
static char *texts_of(GPtrArray *notes)
{
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < notes->len; i++) {
        const TldNote *note = notes->pdata[i];
        g_string_append_printf(all, "%s%s: %s", i > 0 ? "|" : "", note->u_label, note->text);
    }
    g_ptr_array_unref(notes);
    return g_string_free(all, FALSE);
}

static void assert_list(Db *db, const char *tld, const char *kind, const char *want)
{
    g_autofree char *got = texts_of(tld_note_list(db, tld, kind, TLD_NOTES_MAX, NULL));
    g_assert_cmpstr(got, ==, want);
}

static void assert_latest(Db *db, const char *kind, const char *want)
{
    g_autofree char *got = texts_of(tld_note_latest(db, kind, NULL));
    g_assert_cmpstr(got, ==, want);
}

static void test_notes_of_a_tld_come_newest_first(Fixture *f, gconstpointer unused)
{
    add(f->db, "mc", "lead", "Jean Doe", "  knows\tsomebody  there ");
    add(f->db, "mc", NULL, "", "talked at the meeting");
    add(f->db, "bo", "prospect", NULL, "mail received");
    assert_list(f->db, "mc", NULL, "mc: talked at the meeting|mc: knows somebody there");
    assert_list(f->db, "mc", "lead", "mc: knows somebody there");
    assert_list(f->db, "mc", "prospect", "");

    g_autoptr(GPtrArray) notes = tld_note_list(f->db, "mc", NULL, 1, NULL);
    g_assert_cmpuint(notes->len, ==, 1);
    const TldNote *note = notes->pdata[0];
    g_assert_cmpstr(note->kind, ==, "conversation");
    g_assert_null(note->source);
    g_assert_cmpstr(note->actor, ==, "cli:kim");
    g_assert_cmpint(note->at, ==, NOW);
    g_assert_cmpint(note->notes, ==, 2);
}

/* R188: "Bolivia (mail received), Honduras, Mexico (nothing yet), Ecuador (in)". */
static void test_last_note_of_a_prospect_is_its_status(Fixture *f, gconstpointer unused)
{
    add(f->db, "ec", "prospect", NULL, "was asked");
    add(f->db, "bo", "prospect", NULL, "was asked");
    add(f->db, "xn--p1ai", "prospect", NULL, "nothing yet");
    add(f->db, "mc", "lead", NULL, "no prospect");
    add(f->db, "bo", NULL, NULL, "mail received");
    add_contact(f->db, "ec", "Eva", "eva@nic-ec.example");
    assert_latest(f->db, NULL,
                  "bo: mail received|ec: was asked|mc: no prospect|рф: nothing yet");
    assert_latest(f->db, "prospect", "bo: mail received|ec: was asked|рф: nothing yet");
    g_autoptr(GPtrArray) notes = tld_note_latest(f->db, "prospect", NULL);
    g_assert_cmpint(((const TldNote *) notes->pdata[0])->contacts, ==, 0);
    g_assert_cmpint(((const TldNote *) notes->pdata[1])->contacts, ==, 1);
}

static void test_what_people_wrote_is_a_personal_value_of_the_journal(Fixture *f,
                                                                      gconstpointer unused)
{
    add(f->db, "mc", "lead", "Jean Doe", "Marie knows them");
    g_autoptr(GPtrArray) values = journal_values(f->db, 1, NULL);
    g_autofree char *details = join_texts(f->db, "SELECT details AS text FROM journal", "|");
    g_assert_cmpuint(values->len, ==, 2);
    g_assert_cmpstr(((JournalRowValue *) values->pdata[0])->value, ==, "Marie knows them");
    g_assert_cmpstr(((JournalRowValue *) values->pdata[1])->value, ==, "Jean Doe");
    g_assert_cmpstr(details, ==, "lead");
    assert_journal(f->db, 1);
}

static void assert_refused(Db *db, const TldNoteInput *input, const char *part)
{
    g_autoptr(GError) err = NULL;
    g_assert_false(tld_note_add(db, input, "cli:kim", NOW, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_assert_nonnull(strstr(err->message, part));
}

static void test_what_is_no_note_is_refused(Fixture *f, gconstpointer unused)
{
    g_autofree char *full = g_strnfill(TLD_NOTE_MAX, 'x');
    g_autofree char *over = g_strnfill(TLD_NOTE_MAX + 1, 'x');
    g_autofree char *name = g_strnfill(NAME_MAX_CHARS + 1, 'x');
    assert_refused(f->db, &(TldNoteInput){ "mc", "rumour", NULL, "text" }, "a lead");
    assert_refused(f->db, &(TldNoteInput){ "mc", NULL, NULL, " \u200b " }, "no text");
    assert_refused(f->db, &(TldNoteInput){ "mc", NULL, NULL, over }, "longer than 4000");
    assert_refused(f->db, &(TldNoteInput){ "mc", NULL, name, "text" }, "longer than 100");
    assert_journal(f->db, 0);
    add(f->db, "mc", NULL, NULL, full);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_DIRECTORY_TEST("/tld-note/of-a-tld", test_notes_of_a_tld_come_newest_first);
    ADD_DIRECTORY_TEST("/tld-note/prospects", test_last_note_of_a_prospect_is_its_status);
    ADD_DIRECTORY_TEST("/tld-note/journal",
                       test_what_people_wrote_is_a_personal_value_of_the_journal);
    ADD_DIRECTORY_TEST("/tld-note/refused", test_what_is_no_note_is_refused);
    return g_test_run();
}
