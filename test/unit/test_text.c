#include "base/text.h"

#include <glib.h>
#include <string.h>

typedef struct {
    const char *text;
    const char *want; /* NULL: there is no such form */
} Case;

static const Case PRINTABLE[] = {
    /* clang-format off */
    { "plain text", "plain text" },
    { "Zoë 王 محمد", "Zoë 王 محمد" },
    { "a\r\nb", "a\\x0d\\x0ab" },
    { "a\tb\x7f", "a\\x09b\\x7f" },
    { "a\xff\xc3", "a\\xff\\xc3" },
    { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
    { "\xc0\xaf", "\\xc0\\xaf" },
    { "a\xc2\x85z", "a\\x85z" },
    { "a\u2028b", "a<U+2028>b" },
    { "abc\u202egpj.exe", "abc<U+202E>gpj.exe" },
    { "a\u200bb\ufeff", "a<U+200B>b<U+FEFF>" },
    { "\U000e0041", "<U+E0041>" },
    { "\ue000", "<U+E000>" },
    { "\ufffe", "<U+FFFE>" },
    { "علی\u200cرضا", "علی\u200cرضا" },
    { "a\u200cb", "a<U+200C>b" },
    { "", "" },
    /* clang-format on */
};

static const struct {
    const char *text;
    const char *want;
    unsigned changes;
} CLEAN[] = {
    /* clang-format off */
    { "Ann Lee", "Ann Lee", 0 },
    { "  Ann Lee ", "Ann Lee", 0 },
    { "Ann  Lee", "Ann Lee", TEXT_SPACE },
    { "Ann\u00a0Lee", "Ann Lee", TEXT_SPACE },
    { "Ann\u3000Lee", "Ann Lee", TEXT_SPACE },
    { "Ann\r\nLee", "Ann Lee", TEXT_SPACE },
    { "An\x01n\x7f", "Ann", TEXT_CONTROL },
    { "An\xc2\x9bn", "Ann", TEXT_CONTROL },
    { "An\u200bn\u202e\ufeff", "Ann", TEXT_INVISIBLE },
    { "An\u00adn", "Ann", TEXT_INVISIBLE },
    { "An\xffn", "Ann", TEXT_INVALID },
    { "O\u2019Brien \u201cBob\u201d", "O'Brien \"Bob\"", TEXT_PUNCTUATION },
    { "Smith\u2013Jones", "Smith-Jones", TEXT_PUNCTUATION },
    { "Zoe\u0308", "Zoë", 0 },
    { "e\u200b\u0301", "é", TEXT_INVISIBLE },
    { "علی\u200cرضا", "علی\u200cرضا", 0 },
    { "क्\u200dष", "क्\u200dष", 0 },
    { "ക്\u200d", "ക്\u200d", 0 },
    { "ക് \u200d", "ക്", TEXT_INVISIBLE },
    { "a\u200cb", "ab", TEXT_INVISIBLE },
    { "علی\u200c", "علی", TEXT_INVISIBLE },
    { "علی\u200c\u200cرضا", "علی\u200cرضا", TEXT_INVISIBLE },
    { "葛\U000e0100城", "葛\U000e0100城", 0 },
    { "a\ufe0f", "a", TEXT_INVISIBLE },
    { "王秀英 Ольга สมชาย", "王秀英 Ольга สมชาย", 0 },
    { "\u200b \u00a0", "", TEXT_INVISIBLE | TEXT_SPACE },
    { "", "", 0 },
    /* clang-format on */
};

static const Case ASCII[] = {
    /* clang-format off */
    { "Ann Lee", "Ann Lee" },
    { "Zoë Müller", "Zoe Muller" },
    { "Zoe\u0308", "Zoe" },
    { "Þórður Æsir", "Thordur Aesir" },
    { "Łukasz Đorđević", "Lukasz Dordevic" },
    { "Søren Weiß", "Soren Weiss" },
    { "Nguyễn Văn Đức", "Nguyen Van Duc" },
    { "İbrahim Işık", "Ibrahim Isik" },
    { "Əliyev", "Eliyev" },
    { "Kɔfi Ɛssuman", "Kofi Essuman" },
    { "Ольга Щукина", "Olga Shchukina" },
    { "ЖУКОВ Юрий", "ZHUKOV Yuriy" },
    { "ХРУЩ Щ.", "KHRUSHCH Shch." },
    { "Їжак", "Yizhak" },
    { "Γιώργος Παπανδρέου", "Giorgos Papandreou" },
    { "Ψαρρός", "Psarros" },
    { "O\u2019Brien\u2014x", "O'Brien-x" },
    { "Ａｎｎ ﬁ", "Ann fi" },
    { "علی\u200cرضا", NULL },
    { "王秀英", NULL },
    { "Ann 王", NULL },
    { "\u0301", NULL },
    { "", NULL },
    { "\xff", NULL },
    /* clang-format on */
};

static const Case FOLD[] = {
    /* clang-format off */
    { "ANN", "ann" },
    { "Müller", "muller" },
    { "Søren", "soren" },
    { "STRASSE", "strasse" },
    { "Straße", "strasse" },
    { "ΣΊΣΥΦΟΣ", "σισυφοσ" },
    { "Ёлка", "елка" },
    { "Ａｎｎ", "ann" },
    { "℡", "tel" },
    { "ガ", "ガ" },
    { "한글", "한글" },
    { "हिन्दी", "हिन्दी" },
    { "مُحَمَّد", "محمد" },
    { "", "" },
    /* clang-format on */
};

static void check_all(const Case *cases, size_t count, char *(*form)(const char *) )
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *got = form(cases[i].text);
        g_autofree char *shown = g_strescape(cases[i].text, NULL);
        g_test_message("%s", shown);
        g_assert_cmpstr(got, ==, cases[i].want);
    }
}

static void test_printable_shows_what_cannot_be_seen(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PRINTABLE); i++) {
        g_autofree char *got = text_printable(PRINTABLE[i].text, strlen(PRINTABLE[i].text));
        g_assert_cmpstr(got, ==, PRINTABLE[i].want);
    }
}

static void test_printable_shows_nul(void)
{
    g_autofree char *got = text_printable("a\0b", 3);
    g_assert_cmpstr(got, ==, "a\\x00b");
}

static void test_printable_is_cut_at_whole_characters(void)
{
    static const struct {
        const char *text;
        const char *want;
    } CUT[] = {
        { "0123456789abcdef", "0123456789abcdef" },
        { "0123456789abcdefg", "0123456789abc..." },
        { "0123456789abüdefg", "0123456789ab..." },
        { "0123456789a\n\n\n\n", "0123456789a..." },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CUT); i++) {
        g_autofree char *got = text_printable_max(CUT[i].text, strlen(CUT[i].text), 16);
        g_assert_cmpstr(got, ==, CUT[i].want);
    }
}

static void test_clean_keeps_scripts_and_says_what_it_changed(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CLEAN); i++) {
        unsigned changes = ~0U;
        g_autofree char *got = text_clean(CLEAN[i].text, &changes);

        g_autofree char *shown = g_strescape(CLEAN[i].text, NULL);
        g_test_message("%s", shown);
        g_assert_cmpstr(got, ==, CLEAN[i].want);
        g_assert_cmpuint(changes, ==, CLEAN[i].changes);
    }
}

static void test_clean_is_a_fixed_point(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CLEAN); i++) {
        unsigned changes = ~0U;
        g_autofree char *again = text_clean(CLEAN[i].want, &changes);
        g_assert_cmpstr(again, ==, CLEAN[i].want);
        g_assert_cmpuint(changes, ==, 0);
    }
}

static void test_changes_become_one_notice(void)
{
    g_autofree char *none = text_changes(0);
    g_autofree char *two = text_changes(TEXT_CONTROL | TEXT_SPACE);
    g_assert_null(none);
    g_assert_cmpstr(two, ==, "control characters were removed, unusual spaces were made plain");
}

static void test_ascii_form_is_printable_or_absent(void)
{
    check_all(ASCII, G_N_ELEMENTS(ASCII), text_ascii);
}

static void test_fold_ignores_case_accents_and_width(void)
{
    check_all(FOLD, G_N_ELEMENTS(FOLD), text_fold);
}

static void test_width_counts_columns(void)
{
    g_assert_cmpuint(text_width("Ann"), ==, 3);
    g_assert_cmpuint(text_width("王秀英"), ==, 6);
    g_assert_cmpuint(text_width("Zoe\u0308"), ==, 3);
    g_assert_cmpuint(text_width(""), ==, 0);
}

static void test_pad_fills_to_columns(void)
{
    g_autofree char *narrow = text_pad("王", 4);
    g_autofree char *wide = text_pad("Zoë Lee", 3);
    g_assert_cmpstr(narrow, ==, "王  ");
    g_assert_cmpstr(wide, ==, "Zoë Lee");
}

static void test_truncate_keeps_whole_characters(void)
{
    static const struct {
        const char *text;
        size_t max_chars;
        const char *want;
    } CUT[] = {
        { "Zoë", 3, "Zoë" },
        { "Zoë", 2, "Zo" },
        { "Zoe\u0308", 3, "Zo" },
        { "Zoe\u0308", 4, "Zoe\u0308" },
        { "e\u0301\u0301", 2, "e\u0301" },
        { "", 0, "" },
        { "a", 0, "" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CUT); i++) {
        g_autofree char *got = text_truncate(CUT[i].text, CUT[i].max_chars);
        g_assert_cmpstr(got, ==, CUT[i].want);
    }
}

static void test_valid_means_utf8_without_nul(void)
{
    g_assert_true(text_is_valid("Zoë", 4));
    g_assert_true(text_is_valid("", 0));
    g_assert_false(text_is_valid("a\0b", 3));
    g_assert_false(text_is_valid("\xc3", 1));
    g_assert_false(text_is_valid("\xed\xa0\x80", 3));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/printable", test_printable_shows_what_cannot_be_seen);
    g_test_add_func("/text/printable-nul", test_printable_shows_nul);
    g_test_add_func("/text/printable-max", test_printable_is_cut_at_whole_characters);
    g_test_add_func("/text/clean", test_clean_keeps_scripts_and_says_what_it_changed);
    g_test_add_func("/text/clean-fixed-point", test_clean_is_a_fixed_point);
    g_test_add_func("/text/changes", test_changes_become_one_notice);
    g_test_add_func("/text/ascii", test_ascii_form_is_printable_or_absent);
    g_test_add_func("/text/fold", test_fold_ignores_case_accents_and_width);
    g_test_add_func("/text/width", test_width_counts_columns);
    g_test_add_func("/text/pad", test_pad_fills_to_columns);
    g_test_add_func("/text/truncate", test_truncate_keeps_whole_characters);
    g_test_add_func("/text/valid", test_valid_means_utf8_without_nul);
    return g_test_run();
}
