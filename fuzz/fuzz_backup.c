/* However a backup is changed, opening it ends with an answer; and if it is taken, it holds
 * what it held before. */
#include "fuzz.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/paths.h"
#include "store/backup.h"
#include "store/migrate.h"

#define CUT_MARK    0xff /* as the first byte: the file is cut off at the first place */
#define CHANGE_SIZE 4    /* bytes of input for each change: three of the place, one to flip */

/* A backup made once, and the file that its changed copies are put into. */
typedef struct {
    char *share;
    char *folder;
    char *file;
    char *bytes;
    size_t size;
    GPtrArray *contents;
} Sample;

static Sample sample;

static void remove_files(void)
{
    (void) g_unlink(sample.file); /* gone is fine */
    (void) g_rmdir(sample.folder);
}

static void add_rows(Db *db)
{
    static const JournalValue VALUE = { "mobile", "+16135550100" };
    static const JournalEntry ENTRY = {
        .actor = "cli:tester",
        .action = "contact.add",
        .person_id = 1,
        .values = &VALUE,
        .n_values = 1,
    };
    g_autoptr(DbTransaction) transaction = db_begin(db, NULL);
    bool done = db_run_script(
                    db,
                    "INSERT INTO person (given_name, family_name, search_name,"
                    " language, created_at) VALUES ('Ann', 'Lee', 'ann lee', 'en', 0)",
                    NULL) &&
                journal_add(db, &ENTRY, 1790000000, NULL) && db_commit(&transaction, NULL);
    g_assert(done);
}

static void make_sample(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Db) db = NULL;
    sample.share = paths_share(&err);
    sample.folder = g_dir_make_tmp("muster-fuzz-XXXXXX", &err);
    g_assert_no_error(err);
    sample.file = g_build_filename(sample.folder, "backup.db", NULL);
    (void) atexit(remove_files);
    g_assert(table_model(sample.share, &db, &err));
    add_rows(db);

    g_autoptr(Backup) backup = backup_write(db, sample.file, sample.share, 0, NULL, &err);
    g_assert_no_error(err);
    sample.contents = g_ptr_array_ref(backup->contents);
    g_assert(g_file_get_contents(sample.file, &sample.bytes, &sample.size, NULL));
}

static size_t place_of(const uint8_t *change)
{
    return (size_t) (change[0] << 16 | change[1] << 8 | change[2]) % sample.size;
}

static void write_changed(const uint8_t *data, size_t size)
{
    g_autofree char *changed = g_memdup2(sample.bytes, sample.size);
    bool is_cut = size >= CHANGE_SIZE && data[0] == CUT_MARK;
    size_t length = is_cut ? place_of(data + 1) : sample.size;
    for (size_t i = 0; i + CHANGE_SIZE <= size; i += CHANGE_SIZE)
        changed[place_of(data + i)] ^= (char) data[i + 3];
    (void) g_unlink(sample.file); /* a longer one would keep its end */
    g_assert(g_file_set_contents_full(sample.file, changed, (gssize) length,
                                      G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (sample.file == NULL)
        make_sample();
    write_changed(data, size);

    g_autoptr(GError) err = NULL;
    g_autoptr(Backup) backup = backup_open(sample.file, sample.share, NULL, &err);
    g_assert((backup == NULL) == (err != NULL));
    g_assert(backup == NULL || contents_check(sample.contents, backup->contents, NULL));
    return 0;
}
