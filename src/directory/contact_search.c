/* Looking contacts up by whatever is known of them. */
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/phone.h"
#include "base/text.h"
#include "directory/contact_rows.h"
#include "directory/person_words.h"

#define PHONE_DIGITS_MIN 4     /* fewer last digits fit half of the directory */
#define ASKING_COSTS     8     /* times what a row of those gathered does */
#define GATHERED_MAX     2     /* terms: each number of them is one more text to prepare */
#define RARE             1000  /* people with a word: so few are looked at one by one */
#define COUNTED_MAX      20000 /* people with a word: beyond it is no matter how many they are */
#define PAGE             250 /* rows that are read at a time: some are of people found before */

/* Sorts behind whatever a word may go on with. */
#define END_OF_WORDS "\U0010ffff"

/* People found, each once, in the order in which they were. */
typedef struct {
    GPtrArray *ids;  /* ContactId */
    GHashTable *set; /* the same, borrowed */
} Found;

/* A word that was asked for: whoever has one that begins so, or speaks for the TLD that it is.
 */
typedef struct {
    char *from;    /* words from here */
    char *to;      /* up to here, not included */
    char *tld;     /* ".ca": a word as well */
    int64_t count; /* how many words that are, or COUNTED_MAX */
} Term;

static void term_free(Term *term)
{
    g_free(term->from);
    g_free(term->to);
    g_free(term->tld);
    g_free(term);
}

static Term *term_new(const char *typed)
{
    Term *term = g_new0(Term, 1);
    const char *at = strchr(typed, '@');
    bool is_domain = at == typed;
    term->from = person_word(typed + (is_domain ? 1 : 0));
    term->to = g_strconcat(term->from, END_OF_WORDS, NULL);
    term->tld = at != NULL || *typed == '.' ? g_strdup(term->from)
                                            : g_strconcat(".", term->from, NULL);
    return term;
}

static void add_rows(Found *found, GPtrArray *rows)
{
    for (guint i = 0; i < rows->len && found->ids->len < CONTACT_FOUND_MAX; i++) {
        ContactId *row = rows->pdata[i];
        if (g_hash_table_contains(found->set, row))
            continue;
        rows->pdata[i] = NULL;
        g_hash_table_add(found->set, row);
        g_ptr_array_add(found->ids, row);
    }
}

/* Words */

/* SQL for the person w.person_id: has the term whose from, to and tld are these parameters. The
 * few words of each person are looked through, and counted: of an EXISTS PostgreSQL would make
 * a join with all words that fit, however many. With is_gathered all people with the term are
 * gathered first, which pays if many are to be asked for and the term has not too many. */
static void append_condition(GString *sql, bool is_gathered, size_t parameter)
{
    static const char EACH[] =
        " AND (SELECT count(*) FROM person_word o WHERE o.person_id = w.person_id"
        " AND (o.word = $%zu OR (o.word >= $%zu AND o.word < $%zu))) > 0";
    static const char GATHERED[] =
        " AND w.person_id IN (SELECT person_id FROM word_person WHERE word = $%zu"
        " UNION ALL SELECT person_id FROM word_person WHERE word >= $%zu AND word < $%zu)";

    if (is_gathered)
        g_string_append_printf(sql, GATHERED, parameter + 2, parameter, parameter + 1);
    else
        g_string_append_printf(sql, EACH, parameter + 2, parameter, parameter + 1);
}

/* Whether it is quicker to gather all who have another term than to ask for each who has the
 * first. As many as are shown are found the sooner, the more people have the other. */
static bool is_to_be_gathered(const Term *first, const Term *other, int64_t people)
{
    int64_t asked = MIN(first->count, CONTACT_FOUND_MAX * people / MAX(other->count, 1));
    return asked > RARE && other->count < COUNTED_MAX &&
           first->count + other->count < ASKING_COSTS * asked;
}

/* SQL that gives the people who have a word from $1 to $2 and, of terms, all but the first.
 * people is how many there are. */
static char *people_sql(const GPtrArray *terms, int64_t people)
{
    const Term *first = terms->pdata[0];
    GString *sql = g_string_new("SELECT w.person_id AS id FROM word_person w"
                                " WHERE w.word >= $1 AND w.word < $2");
    guint gathered = 1; /* the first that is not */
    while (gathered < terms->len && gathered <= GATHERED_MAX &&
           is_to_be_gathered(first, terms->pdata[gathered], people))
        gathered++;
    for (guint i = 1; i < terms->len; i++)
        append_condition(sql, i < gathered, 5 + 3 * (i - 1));
    g_string_append(sql, " ORDER BY w.word, w.person_id LIMIT $3 OFFSET $4");
    return g_string_free(sql, FALSE);
}

/* Adds the people who have a word in this range and all terms but the first. A person with
 * several such words comes several times. */
static bool add_people(Db *db, const char *sql, const char *from, const char *to,
                       const GPtrArray *terms, Found *found, GError **err)
{
    DbValue values[4 + 3 * CONTACT_WORDS_MAX] = { db_text(from), db_text(to), db_int(PAGE) };
    for (guint i = 1; i < terms->len; i++) {
        const Term *term = terms->pdata[i];
        values[1 + 3 * i] = db_text(term->from); /* $5 for the second term */
        values[2 + 3 * i] = db_text(term->to);
        values[3 + 3 * i] = db_text(term->tld);
    }
    for (int64_t offset = 0; found->ids->len < CONTACT_FOUND_MAX; offset += PAGE) {
        values[3] = db_int(offset);
        g_autoptr(GPtrArray) rows = db_select(db, &CONTACT_ID_RECORD, sql,
                                              (DbArgs){ values, 1 + 3 * terms->len }, err);
        if (rows == NULL)
            return false;
        add_rows(found, rows);
        if (rows->len < PAGE)
            break;
    }
    return true;
}

/* Whoever has the very word comes before those whose word goes on. */
static bool find_people(Db *db, const GPtrArray *terms, int64_t people, Found *found,
                        GError **err)
{
    const Term *first = terms->pdata[0];
    g_autofree char *sql = people_sql(terms, people);
    g_autofree char *end_of_tld = g_strconcat(first->tld, " ", NULL);

    return (g_str_equal(first->tld, first->from) ||
            add_people(db, sql, first->tld, end_of_tld, terms, found, err)) &&
           add_people(db, sql, first->from, first->to, terms, found, err);
}

static bool count_words(Db *db, Term *term, GError **err)
{
    return db_select_int(db,
                         "SELECT count(*) FROM (SELECT 1 AS one FROM word_person"
                         " WHERE word >= $1 AND word < $2 LIMIT $3) AS counted",
                         DB_ARGS(db_text(term->from), db_text(term->to), db_int(COUNTED_MAX)),
                         &term->count, err);
}

static int compare_counts(const void *a, const void *b)
{
    const Term *one = *(const Term *const *) a;
    const Term *other = *(const Term *const *) b;
    return one->count < other->count ? -1 : one->count > other->count;
}

/* Brings the rarest to the front. */
static bool sort_terms(Db *db, GPtrArray *terms, GError **err)
{
    for (guint i = 0; i < terms->len; i++)
        if (!count_words(db, terms->pdata[i], err))
            return false;
    g_ptr_array_sort(terms, compare_counts);
    return true;
}

static bool refuse_text(GError **err)
{
    return err_set(err, ERR_INVALID,
                   "want a name, an address, a phone number or a TLD to look for");
}

/* Of an accent alone or of "@" nothing is left, which everybody's words begin with. */
static void add_terms(GPtrArray *terms, const GPtrArray *words)
{
    for (guint i = 0; i < words->len; i++) {
        Term *term = term_new(words->pdata[i]);
        if (*term->from != '\0')
            g_ptr_array_add(terms, term);
        else
            term_free(term);
    }
}

static bool find_by_words(Db *db, const GPtrArray *words, Found *found, GError **err)
{
    g_autoptr(GPtrArray) terms = g_ptr_array_new_with_free_func((GDestroyNotify) term_free);
    int64_t people = 0;

    add_terms(terms, words);
    if (terms->len == 0)
        return refuse_text(err);
    return (terms->len == 1 || (sort_terms(db, terms, err) &&
                                db_select_int(db, "SELECT coalesce(max(id), 0) FROM person",
                                              DB_NO_ARGS, &people, err))) &&
           find_people(db, terms, people, found, err);
}

/* Phone numbers */

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

/* Numbers stand in the store from the last digit to the first: those that go on after the
 * digits sort between "0" and ":", the sign behind 9. */
static bool find_by_ending(Db *db, const char *digits, bool is_whole, Found *found,
                           GError **err)
{
    g_autofree char *from = g_strreverse(g_strdup(digits));
    g_autofree char *to = g_strconcat(from, is_whole ? "0" : ":", NULL);
    g_autoptr(GPtrArray) rows = db_select(
        db, &CONTACT_ID_RECORD,
        "SELECT id FROM person WHERE mobile_reversed >= $1 AND mobile_reversed < $2"
        " ORDER BY mobile_reversed, id LIMIT $3",
        DB_ARGS(db_text(from), db_text(to), db_int(CONTACT_FOUND_MAX)), err);
    if (rows == NULL)
        return false;
    add_rows(found, rows);
    return true;
}

/* National numbers begin with a 0 that the international form has not. */
static bool find_by_last_digits(Db *db, const char *digits, Found *found, GError **err)
{
    bool is_national = *digits == '0' && strlen(digits) > PHONE_DIGITS_MIN;
    return find_by_ending(db, digits, false, found, err) &&
           (!is_national || find_by_ending(db, digits + 1, false, found, err));
}

/* What was typed */

/* The words of a text that text_clean has made. */
static bool split_words(const char *clean, GPtrArray *words, GError **err)
{
    g_auto(GStrv) parts = g_strsplit(clean, " ", -1);
    for (char **part = parts; *part != NULL; part++)
        g_ptr_array_add(words, g_strdup(*part));
    return words->len <= CONTACT_WORDS_MAX ||
           err_set(err, ERR_INVALID, "more than %d words to look for", CONTACT_WORDS_MAX);
}

static bool find_any(Db *db, const char *clean, Found *found, GError **err)
{
    g_auto(Phone) phone = { 0 };
    if (phone_parse(clean, &phone, NULL))
        return find_by_ending(db, phone.e164 + 1, true, found, err);

    g_autofree char *digits = phone_digits(clean);
    if (digits != NULL)
        return find_by_last_digits(db, digits, found, err);

    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    return split_words(clean, words, err) && find_by_words(db, words, found, err);
}

static bool check_text(const char *clean, GError **err)
{
    return (*clean != '\0' && strlen(clean) <= CONTACT_SEARCH_MAX) || refuse_text(err);
}

/* A contact on its way to its place among others. */
typedef struct {
    char *name; /* folded */
    Contact *contact;
} Sorted;

/* By name, and by number those of one name. */
static int compare_sorted(const void *a, const void *b)
{
    const Sorted *one = a;
    const Sorted *other = b;
    int64_t id = one->contact->person->id;
    int64_t other_id = other->contact->person->id;
    int order = strcmp(one->name, other->name);

    return order != 0 ? order : id < other_id ? -1 : id > other_id;
}

static void sort_by_name(GPtrArray *contacts)
{
    g_autofree Sorted *sorted = g_new(Sorted, contacts->len);

    for (guint i = 0; i < contacts->len; i++) {
        Contact *contact = contacts->pdata[i];
        g_autofree char *name = person_name(contact->person);
        sorted[i] = (Sorted){ text_fold(name), contact };
    }
    if (contacts->len > 0)
        qsort(sorted, contacts->len, sizeof *sorted, compare_sorted);
    for (guint i = 0; i < contacts->len; i++) {
        contacts->pdata[i] = sorted[i].contact;
        g_free(sorted[i].name);
    }
}

GPtrArray *contact_search(Db *db, const char *words, GError **err)
{
    g_autofree char *clean = text_clean(words, NULL);
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) set = g_hash_table_new(g_int64_hash, g_int64_equal);
    Found found = { ids, set };

    if (!check_text(clean, err) || !find_any(db, clean, &found, err))
        return NULL;
    GPtrArray *contacts = contact_get_all(db, ids, err);
    if (contacts != NULL)
        sort_by_name(contacts);
    return contacts;
}

/* Whole names */

/* The text as a LIKE pattern that finds it as a word among others. */
static char *like_word(const char *word)
{
    g_autofree char *folded = text_fold(word);
    GString *pattern = g_string_new("% ");
    for (const char *at = folded; *at != '\0'; at++) {
        if (strchr("%_\\", *at) != NULL)
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *at);
    }
    g_string_append(pattern, " %");
    return g_string_free(pattern, FALSE);
}

/* The longest word, as the one that the fewest people may have. */
static const char *longest(const GPtrArray *words)
{
    const char *found = words->pdata[0];
    for (guint i = 1; i < words->len; i++)
        if (strlen(words->pdata[i]) > strlen(found))
            found = words->pdata[i];
    return found;
}

static GPtrArray *ids_by_name(Db *db, const GPtrArray *words, GError **err)
{
    g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) sql = g_string_new("SELECT p.id FROM word_person w"
                                          " JOIN person p ON p.id = w.person_id"
                                          " WHERE w.word = $1");
    g_autofree char *word = person_word(longest(words));
    DbValue values[2 + CONTACT_WORDS_MAX] = { db_text(word), db_int(CONTACT_FOUND_MAX) };

    for (guint i = 0; i < words->len; i++) {
        g_ptr_array_add(patterns, like_word(words->pdata[i]));
        values[2 + i] = db_text(patterns->pdata[i]);
        g_string_append_printf(sql, " AND ' ' || p.search_name || ' ' LIKE $%u ESCAPE '\\'",
                               i + 3);
    }
    g_string_append(sql, " ORDER BY p.id LIMIT $2");
    return db_select(db, &CONTACT_ID_RECORD, sql->str, (DbArgs){ values, 2 + words->len }, err);
}

GPtrArray *contact_ids_named(Db *db, const char *name, GError **err)
{
    g_autofree char *clean = text_clean(name, NULL);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    return check_text(clean, err) && split_words(clean, words, err)
               ? ids_by_name(db, words, err)
               : NULL;
}
