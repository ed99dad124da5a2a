/* Looking contacts up by whatever is known of them. */
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/phone.h"
#include "base/text.h"
#include "directory/contact_rows.h"

#define PHONE_DIGITS_MIN 4 /* fewer last digits fit half of the directory */

/* The text as a LIKE pattern that finds it anywhere. */
static char *like(const char *text)
{
    GString *pattern = g_string_new("%");
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr("%_\\", *at) != NULL)
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *at);
    }
    g_string_append_c(pattern, '%');
    return g_string_free(pattern, FALSE);
}

/* The word with the domain that it may be, or end in, as addresses have it on file; NULL if
 * that is no other text. */
static char *with_a_labels(const char *word)
{
    const char *at = strrchr(word, '@');
    const char *domain = at != NULL ? at + 1 : word;
    g_autofree char *a_labels = NULL;

    if (g_str_is_ascii(domain) || !domain_parse(domain, &a_labels, NULL))
        return NULL;
    g_autofree char *local = g_strndup(word, (gsize) (domain - word));
    g_autofree char *lower = g_utf8_strdown(local, -1);
    g_autofree char *text = g_strconcat(lower, a_labels, NULL);
    return like(text);
}

static GPtrArray *ids_by_word(Db *db, const char *word, GError **err)
{
    g_autofree char *folded = text_fold(word);
    g_autofree char *name = like(folded);
    g_autofree char *lower = g_utf8_strdown(word, -1);
    g_autofree char *address = like(lower);
    g_autofree char *idn_address = with_a_labels(word);
    g_autoptr(Tld) tld = NULL;
    (void) tld_parse(db, word, &tld, NULL); /* most words are none */

    return db_select(db, &CONTACT_ID_RECORD,
                     "SELECT id FROM person WHERE search_name LIKE $1 ESCAPE '\\'"
                     " OR EXISTS (SELECT 1 FROM address WHERE person_id = person.id"
                     " AND (key LIKE $2 ESCAPE '\\' OR key LIKE $3 ESCAPE '\\'))"
                     " OR EXISTS (SELECT 1 FROM seat WHERE person_id = person.id AND tld = $4)"
                     " ORDER BY search_name, id",
                     DB_ARGS(db_text(name), db_text(address), db_text(idn_address),
                             db_text(tld != NULL ? tld->a_label : NULL)),
                     err);
}

/* Those of whose names it is one. */
static GPtrArray *ids_by_name(Db *db, const char *word, GError **err)
{
    g_autofree char *folded = text_fold(word);
    g_autofree char *whole = g_strconcat(" ", folded, " ", NULL);
    g_autofree char *pattern = like(whole);

    return db_select(db, &CONTACT_ID_RECORD,
                     "SELECT id FROM person WHERE ' ' || search_name || ' ' LIKE $1"
                     " ESCAPE '\\' ORDER BY search_name, id",
                     DB_ARGS(db_text(pattern)), err);
}

/* The digits of what may be the end of a phone number, in any script; NULL if it is none. */
static char *phone_digits(const char *text)
{
    g_autoptr(GString) digits = g_string_new(NULL);
    ucs4_t c = 0;

    for (const uint8_t *at = (const uint8_t *) text; (at = u8_next(&c, at)) != NULL;) {
        int digit = uc_decimal_value(c);
        if (digit >= 0)
            g_string_append_c(digits, (char) ('0' + digit));
        else if (c >= 0x80 || strchr("+-./() ", (int) c) == NULL)
            return NULL;
    }
    return digits->len >= PHONE_DIGITS_MIN ? g_strdup(digits->str) : NULL;
}

static GPtrArray *ids_by_number(Db *db, const char *e164, GError **err)
{
    return db_select(db, &CONTACT_ID_RECORD,
                     "SELECT id FROM person WHERE mobile = $1 ORDER BY search_name, id",
                     DB_ARGS(db_text(e164)), err);
}

/* National numbers begin with a 0 that the international form has not. */
static GPtrArray *ids_by_last_digits(Db *db, const char *digits, GError **err)
{
    bool is_national = *digits == '0' && strlen(digits) > PHONE_DIGITS_MIN;
    g_autofree char *ending = g_strconcat("%", digits, NULL);
    g_autofree char *national = g_strconcat("%", digits + (is_national ? 1 : 0), NULL);

    return db_select(db, &CONTACT_ID_RECORD,
                     "SELECT id FROM person WHERE mobile LIKE $1 OR mobile LIKE $2"
                     " ORDER BY search_name, id",
                     DB_ARGS(db_text(ending), db_text(national)), err);
}

/* Takes those out of found that are not in other. */
static void intersect(GPtrArray *found, const GPtrArray *other)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < other->len; i++)
        g_hash_table_add(ids, other->pdata[i]);
    for (guint i = found->len; i > 0; i--)
        if (!g_hash_table_contains(ids, found->pdata[i - 1]))
            g_ptr_array_remove_index(found, i - 1);
}

/* Whom all words fit, each looked up by itself. */
static GPtrArray *ids_by_words(Db *db, const char *text,
                               GPtrArray *(*look_up)(Db *, const char *, GError **),
                               GError **err)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    g_autoptr(GPtrArray) found = look_up(db, words[0], err);

    for (guint i = 1; found != NULL && words[i] != NULL; i++) {
        g_autoptr(GPtrArray) others = look_up(db, words[i], err);
        if (others == NULL)
            return NULL;
        intersect(found, others);
    }
    return g_steal_pointer(&found);
}

static GPtrArray *ids_by_any(Db *db, const char *text, GError **err)
{
    g_auto(Phone) phone = { 0 };
    if (phone_parse(text, &phone, NULL))
        return ids_by_number(db, phone.e164, err);

    g_autofree char *digits = phone_digits(text);
    return digits != NULL ? ids_by_last_digits(db, digits, err)
                          : ids_by_words(db, text, ids_by_word, err);
}

static bool check_words(const char *clean, GError **err)
{
    return (*clean != '\0' && strlen(clean) <= CONTACT_SEARCH_MAX) ||
           err_set(err, ERR_INVALID,
                   "want a name, an address, a phone number or a TLD to look for");
}

GPtrArray *contact_ids_named(Db *db, const char *name, GError **err)
{
    g_autofree char *clean = text_clean(name, NULL);
    return check_words(clean, err) ? ids_by_words(db, clean, ids_by_name, err) : NULL;
}

GPtrArray *contact_search(Db *db, const char *words, GError **err)
{
    g_autofree char *clean = text_clean(words, NULL);
    if (!check_words(clean, err))
        return NULL;

    g_autoptr(GPtrArray) ids = ids_by_any(db, clean, err);
    if (ids != NULL && ids->len > CONTACT_FOUND_MAX)
        g_ptr_array_set_size(ids, CONTACT_FOUND_MAX);
    return ids != NULL ? contact_get_all(db, ids, err) : NULL;
}
