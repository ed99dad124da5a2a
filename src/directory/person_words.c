#include "directory/person_words.h"

#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/seat.h"

#define NAME_MARKS  "'/"     /* after these and dashes a part of a name begins */
#define LOCAL_MARKS "-'._+=" /* the same in the local part of an address */

#define INSERT_WORD "INSERT INTO person_word (person_id, word) VALUES ($1, $2)"

/* Words and the table that keeps them apart. */
typedef struct {
    GPtrArray *list; /* char *, owned */
    GHashTable *set; /* the same, borrowed */
} Words;

/* The beginning of UTF-8 that has at most so many bytes. */
static size_t cut_at(const char *text, size_t max)
{
    size_t size = strlen(text);
    if (size <= max)
        return size;
    for (size = max; ((unsigned char) text[size] & 0xc0) == 0x80;)
        size--;
    return size;
}

static void add(Words *words, const char *word)
{
    if (*word == '\0' || words->list->len >= PERSON_WORDS_MAX)
        return;
    g_autofree char *cut = g_strndup(word, cut_at(word, PERSON_WORD_MAX));
    if (g_hash_table_contains(words->set, cut)) /* adding it would replace the one we own */
        return;
    g_hash_table_add(words->set, cut);
    g_ptr_array_add(words->list, g_steal_pointer(&cut));
}

char *person_word(const char *text)
{
    g_autofree char *folded = text_fold(text);
    return g_strndup(folded, cut_at(folded, PERSON_WORD_MAX));
}

/* Whether words are written without spaces between them, so that any character may begin one.
 */
static bool is_without_spaces(ucs4_t c)
{
    static const char *const SCRIPTS[] = { "Han", "Hiragana", "Katakana", "Hangul" };
    const uc_script_t *script = c >= 0x1100 ? uc_script(c) : NULL;

    for (size_t i = 0; script != NULL && i < G_N_ELEMENTS(SCRIPTS); i++)
        if (g_str_equal(script->name, SCRIPTS[i]))
            return true;
    return false;
}

/* After it a part of a name begins. */
static bool is_name_mark(ucs4_t c)
{
    return uc_is_property_dash(c) || (c < 0x80 && strchr(NAME_MARKS, (int) c) != NULL);
}

/* A word of a name, and what begins within it. */
static void add_name_word(Words *words, const char *word)
{
    ucs4_t c = 0;
    bool is_start = true;

    for (const uint8_t *at = (const uint8_t *) word, *next; (next = u8_next(&c, at)) != NULL;
         at = next) {
        if (is_start || is_without_spaces(c))
            add(words, (const char *) at);
        is_start = is_name_mark(c);
    }
}

/* Names in such scripts are mostly written in one, the family name first. Which one that is
 * gets mixed up, so both orders count. */
static void add_joined(Words *words, const Person *person)
{
    g_autofree char *family_first = g_strconcat(person->family_name, person->given_name, NULL);
    g_autofree char *given_first = g_strconcat(person->given_name, person->family_name, NULL);
    const char *joined[] = { family_first, given_first };

    for (size_t i = 0; i < G_N_ELEMENTS(joined); i++) {
        g_autofree char *folded = text_fold(joined[i]);
        ucs4_t c = 0;
        if (u8_next(&c, (const uint8_t *) folded) != NULL && is_without_spaces(c))
            add(words, folded);
    }
}

static void add_name(Words *words, const char *name)
{
    g_autofree char *folded = text_fold(name);
    g_auto(GStrv) parts = g_strsplit(folded, " ", -1);

    for (char **part = parts; *part != NULL; part++)
        add_name_word(words, *part);
}

/* The domain and those that it is in, but for the TLD alone. */
static void add_domain(Words *words, const char *domain)
{
    for (const char *at = domain; strchr(at, '.') != NULL; at = strchr(at, '.') + 1)
        add(words, at);
}

/* Parts of the local part, but for those that are words of the name. */
static void add_local_parts(Words *words, const char *folded)
{
    const char *end = strrchr(folded, '@');

    for (const char *at = folded; (at = strpbrk(at, LOCAL_MARKS)) != NULL && at < end;) {
        at++;
        g_autofree char *part = g_strndup(at, strcspn(at, LOCAL_MARKS "@"));
        if (!g_hash_table_contains(words->set, part))
            add(words, at);
    }
}

static void add_address(Words *words, const char *canonical)
{
    if (canonical == NULL)
        return;
    g_autofree char *key = address_key(canonical);
    g_autofree char *display = address_display(canonical);
    g_autofree char *folded = text_fold(key);
    g_autofree char *folded_display = text_fold(display);

    add(words, folded);
    add_domain(words, strrchr(folded, '@') + 1);
    if (!g_str_equal(folded, folded_display)) {
        add(words, folded_display);
        add_domain(words, strrchr(folded_display, '@') + 1);
    }
    add_local_parts(words, folded);
}

static void add_tld(Words *words, const Seat *seat)
{
    const char *labels[] = { seat->tld, seat->u_label };

    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        g_autofree char *dotted = g_strconcat(".", labels[i], NULL);
        g_autofree char *folded = text_fold(dotted);
        add(words, folded);
    }
}

GPtrArray *person_words(const Person *person, const GPtrArray *seats)
{
    g_autofree char *name = person_name(person);
    g_autofree char *ascii = person_ascii_name(person);
    g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);
    Words words = { g_ptr_array_new_with_free_func(g_free), set };

    add_name(&words, name);
    add_joined(&words, person);
    if (ascii != NULL)
        add_name(&words, ascii);
    for (guint i = 0; i < seats->len; i++)
        add_tld(&words, seats->pdata[i]);
    add_address(&words, person->primary);
    add_address(&words, person->secondary);
    return words.list;
}

static bool insert(Db *db, const char *sql, int64_t person_id, const GPtrArray *words,
                   GError **err)
{
    DbValue values[2 * PERSON_WORDS_MAX];

    for (guint i = 0; i < words->len; i++) {
        values[2 * i] = db_int(person_id);
        values[2 * i + 1] = db_text(words->pdata[i]);
    }
    return db_run_batch(db, sql, values, 2, words->len, err);
}

bool person_words_add(Db *db, const Edit *edit, const Person *person, const GPtrArray *seats,
                      GError **err)
{
    g_autoptr(GPtrArray) words = person_words(person, seats);

    if (edit != NULL && edit->bulk != NULL) {
        for (guint i = 0; i < words->len; i++)
            bulk_run(edit->bulk, INSERT_WORD,
                     DB_ARGS(db_int(person->id), db_text(words->pdata[i])));
        return true;
    }
    return insert(db, INSERT_WORD, person->id, words, err) &&
           insert(db, "INSERT INTO word_person (person_id, word) VALUES ($1, $2)", person->id,
                  words, err);
}

bool person_words_index(Db *db, int64_t after_id, GError **err)
{
    return db_run(db,
                  "INSERT INTO word_person (word, person_id) SELECT word, person_id"
                  " FROM person_word WHERE person_id > $1 ORDER BY word, person_id"
                  " ON CONFLICT (word, person_id) DO NOTHING",
                  DB_ARGS(db_int(after_id)), NULL, err);
}

bool person_words_drop(Db *db, int64_t person_id, GError **err)
{
    return db_run(db,
                  "DELETE FROM word_person WHERE person_id = $1 AND word IN"
                  " (SELECT word FROM person_word WHERE person_id = $1)",
                  DB_ARGS(db_int(person_id)), NULL, err) &&
           db_run(db, "DELETE FROM person_word WHERE person_id = $1",
                  DB_ARGS(db_int(person_id)), NULL, err);
}

bool person_words_renew(Db *db, int64_t person_id, GError **err)
{
    g_autoptr(Person) person = NULL;
    g_autoptr(GPtrArray) seats = NULL;

    if (!person_words_drop(db, person_id, err) || !person_find(db, person_id, &person, err))
        return false;
    seats = seat_list(db, person_id, err);
    return seats != NULL && person_words_add(db, NULL, person, seats, err);
}
