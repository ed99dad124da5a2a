#include "mail/head.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

static GBytes *bytes_of(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

static Head *parse(const char *text)
{
    g_autoptr(GBytes) mail = bytes_of(text);
    g_autoptr(GError) err = NULL;
    Head *head = head_parse(mail, &err);
    g_assert_no_error(err);
    return head;
}

static char *format(const Head *head)
{
    g_autoptr(GBytes) bytes = head_format(head);
    size_t size;
    const char *text = g_bytes_get_data(bytes, &size);
    return g_strndup(text, size);
}

/* What comes out as it came in, how many entries are malformed, and where the body starts. */
static const struct {
    const char *mail;
    size_t body_offset;
    size_t malformed;
    const char *repaired; /* NULL: as it was */
} SHAPES[] = {
    { "", 0, 0, NULL },
    { "\r\n", 2, 0, NULL },
    { "\r\nbody only\r\n", 2, 0, NULL },
    { "A: 1\r\n\r\nbody\r\n", 8, 0, NULL },
    { "A: 1\r\n", 6, 0, NULL },
    { "A: 1", 4, 0, NULL },
    { "A:\r\n\r\n", 6, 0, NULL },
    { "A: 1\r\n\r\n\r\nB: 2\r\n", 8, 0, NULL },
    { "A: 1\r\n 2\r\n\t3\r\nB: 4\r\n\r\n", 22, 0, NULL },
    { "A: \xff\xc3\r\n\r\n", 9, 0, NULL },
    { "no header here\r\nA: 1\r\n\r\nbody", 0, 0, NULL },
    { "no header here", 0, 0, NULL },
    { "From : x\r\n\r\n", 12, 1, "From: x\r\n\r\n" },
    { "From\t : x\r\n y\r\n\r\n", 17, 1, "From: x\r\n y\r\n\r\n" },
    { "A: 1\r\nno colon\r\nB: 2\r\n\r\n", 24, 1, "A: 1\r\nB: 2\r\n\r\n" },
    { "A: 1\r\nno colon\r\n more\r\nB: 2\r\n\r\n", 31, 1, "A: 1\r\nB: 2\r\n\r\n" },
    { "From ann Mon Jan  1 10:00:00\r\nA: 1\r\n\r\n", 38, 1, "A: 1\r\n\r\n" },
    { "From ann\r\nA: 1\r\n\r\n", 18, 1, "A: 1\r\n\r\n" },
    { ">From ann\r\nA: 1\r\n\r\n", 19, 1, "A: 1\r\n\r\n" },
    { " first\r\nA: 1\r\n\r\n", 16, 1, "A: 1\r\n\r\n" },
    { " \r\nA: 1\r\n\r\nbody", 11, 1, "A: 1\r\n\r\n" },
    { "A: 1\r\n \t\r\n 2\r\n\r\n", 16, 1, "A: 1\r\n 2\r\n\r\n" },
    { "A: 1\r\n \r\nBcc: x\r\n\r\n", 19, 1, "A: 1\r\nBcc: x\r\n\r\n" },
    { "A: 1\r\n ", 7, 1, "A: 1\r\n\r\n" },
    { "A : 1", 5, 1, "A: 1\r\n\r\n" },
    { ": empty name\r\n\r\n", 16, 1, "\r\n" },
    { "A b: inner space\r\n\r\n", 20, 1, "\r\n" },
    { "S\xc3\xa9: byte\r\n\r\n", 13, 1, "\r\n" },
    { "A\x01: control\r\n\r\n", 15, 1, "\r\n" },
    { "A\x7f: delete\r\n\r\n", 14, 1, "\r\n" },
};

static void test_untouched_header_comes_out_byte_for_byte(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SHAPES); i++) {
        g_test_message("case %zu", i);
        g_autoptr(Head) head = parse(SHAPES[i].mail);
        g_autofree char *want = g_strndup(SHAPES[i].mail, SHAPES[i].body_offset);
        g_autofree char *got = format(head);

        g_assert_cmpuint(head_body_offset(head), ==, SHAPES[i].body_offset);
        g_assert_cmpstr(got, ==, want);
    }
}

static void test_repair_leaves_what_every_reader_understands_alike(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SHAPES); i++) {
        g_test_message("case %zu", i);
        g_autoptr(Head) head = parse(SHAPES[i].mail);
        g_autofree char *before = format(head);
        g_assert_cmpuint(head_malformed(head), ==, SHAPES[i].malformed);

        head_repair(head);
        g_autofree char *after = format(head);
        g_assert_cmpuint(head_malformed(head), ==, 0);
        g_assert_cmpstr(after, ==, SHAPES[i].repaired ? SHAPES[i].repaired : before);
    }
}

static const struct {
    const char *mail;
    const char *name;
    size_t n;
    const char *want; /* NULL: there is none */
} VALUES[] = {
    { "Subject: hello\r\n\r\n", "Subject", 0, "hello" },
    { "SUBJECT:hello\r\n\r\n", "subject", 0, "hello" },
    { "Subject: hello\r\n\r\n", "Subject", 1, NULL },
    { "Subject: hello\r\n\r\n", "Subj", 0, NULL },
    { "Subject: hello\r\n\r\nTo: x\r\n", "To", 0, NULL },
    { "Subject:\r\n  folded\r\n\ttwice \r\n\r\n", "Subject", 0, "folded\ttwice" },
    { "Subject:\r\n\r\n", "Subject", 0, "" },
    { "Subject: \r\n \r\n\r\n", "Subject", 0, "" },
    { "Subject: a:b: c\r\n\r\n", "Subject", 0, "a:b: c" },
    { "Subject: cut", "Subject", 0, "cut" },
    { "Subject", "Subject", 0, NULL },
    { "A: 1\r\nB: 2\r\na: 3\r\n\r\n", "A", 1, "3" },
    { "From : x\r\nFrom: y\r\n\r\n", "From", 0, "x" },
    { "From : x\r\nFrom: y\r\n\r\n", "From", 1, "y" },
    { "X: 1\r\n From: hidden\r\n\r\n", "From", 0, NULL },
    { "From ann Mon Jan  1 10:00:00\r\n\r\n", "From", 0, NULL },
};

static void test_values_are_unfolded_and_counted(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VALUES); i++) {
        g_test_message("case %zu", i);
        g_autoptr(Head) head = parse(VALUES[i].mail);
        g_autofree char *got = head_get(head, VALUES[i].name, VALUES[i].n);

        g_assert_cmpstr(got, ==, VALUES[i].want);
        g_assert_cmpint(head_count(head, VALUES[i].name) > VALUES[i].n, ==, got != NULL);
    }
}

static void test_what_readers_cut_differently_is_refused(void)
{
    static const struct {
        const char *mail;
        size_t size;
    } cases[] = {
        { "A: 1\nBcc: x\r\n\r\n", 15 },   { "\nA: 1\r\n\r\n", 9 },
        { "A: 1\rBcc: x\r\n\r\n", 15 },   { "A: 1\r\r\n\r\n", 9 },
        { "A: 1\r\nB: \0x\r\n\r\n", 15 }, { "A: 1\r\n\r", 7 },
        { "A: 1\r\n 2\n\r\n", 11 },       { "no header\nhere", 14 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("case %zu", i);
        g_autoptr(GBytes) mail = g_bytes_new_static(cases[i].mail, cases[i].size);
        g_autoptr(GError) err = NULL;
        g_autoptr(Head) head = head_parse(mail, &err);

        g_assert_null(head);
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

static GBytes *mail_with_header_of(size_t size)
{
    GString *mail = g_string_new("A: ");
    while (mail->len < size - 4)
        g_string_append_c(mail, 'x');
    g_string_append(mail, "\r\n\r\n");
    return g_string_free_to_bytes(mail);
}

static void test_header_may_reach_its_limit_and_no_further(void)
{
    g_autoptr(GBytes) fits = mail_with_header_of(MESSAGE_HEADER_MAX);
    g_autoptr(GBytes) exceeds = mail_with_header_of(MESSAGE_HEADER_MAX + 1);
    g_autoptr(GError) err = NULL;

    g_autoptr(Head) head = head_parse(fits, &err);
    g_assert_no_error(err);
    g_assert_nonnull(head);

    g_autoptr(Head) none = head_parse(exceeds, &err);
    g_assert_null(none);
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

static void test_body_may_be_anything(void)
{
    g_autoptr(GBytes) mail = g_bytes_new_static("A: 1\r\n\r\n\0\n\r", 11);
    g_autoptr(GError) err = NULL;
    g_autoptr(Head) head = head_parse(mail, &err);

    g_assert_no_error(err);
    g_assert_cmpuint(head_body_offset(head), ==, 8);
}

static void test_remove_takes_every_field_of_the_name(void)
{
    g_autoptr(Head) head = parse("Bcc: a\r\nA: 1\r\nbcc:\r\n b\r\nBCC : c\r\nBccs: d\r\n\r\n");

    g_assert_cmpuint(head_remove(head, "Bcc"), ==, 3);
    g_assert_cmpuint(head_remove(head, "Bcc"), ==, 0);
    g_autofree char *got = format(head);
    g_assert_cmpstr(got, ==, "A: 1\r\nBccs: d\r\n\r\n");
}

static bool is_short(const char *name, const char *value, const void *data)
{
    const size_t *size = data;
    return strlen(name) + strlen(value) <= *size;
}

static void test_remove_if_asks_for_every_field(void)
{
    g_autoptr(Head) head = parse("A: 1\r\nB: long enough\r\nno field\r\nC :\r\n 2\r\n\r\n");
    const size_t size = 2;

    g_assert_cmpuint(head_remove_if(head, is_short, &size), ==, 2);
    g_assert_cmpuint(head_remove_if(head, is_short, &size), ==, 0);
    g_autofree char *got = format(head);
    g_assert_cmpstr(got, ==, "B: long enough\r\nno field\r\n\r\n");
}

static void test_added_fields_stand_at_the_end(void)
{
    g_autoptr(Head) head = parse("A: 1\r\nB:  2  \r\n\r\nbody");
    g_autoptr(GError) err = NULL;

    g_assert_true(head_append(head, "Last", "y", HEAD_ASCII, &err));
    g_assert_true(head_append(head, "Empty", "", HEAD_ASCII, &err));
    g_autofree char *got = format(head);
    g_assert_cmpstr(got, ==, "A: 1\r\nB:  2  \r\nLast: y\r\nEmpty:\r\n\r\n");
}

static void test_changed_header_ends_in_an_empty_line(void)
{
    g_autoptr(Head) cut = parse("A: 1");
    g_autoptr(Head) bare = parse("only a body");

    g_autoptr(Head) ended = parse("A: 1\r\nB: 2\r\n");

    g_assert_true(head_append(cut, "B", "2", HEAD_ASCII, NULL));
    g_assert_true(head_append(bare, "B", "2", HEAD_ASCII, NULL));
    g_autofree char *first = format(cut);
    g_autofree char *second = format(bare);
    g_assert_cmpuint(head_remove(ended, "B"), ==, 1);
    g_autofree char *third = format(ended);
    g_assert_cmpstr(first, ==, "A: 1\r\nB: 2\r\n\r\n");
    g_assert_cmpstr(second, ==, "B: 2\r\n\r\n");
    g_assert_cmpstr(third, ==, "A: 1\r\n\r\n");
}

static void test_set_replaces_in_place_and_leaves_one(void)
{
    g_autoptr(Head) head = parse("A: 1\r\nSubject: x\r\nB: 2\r\nsubject: y\r\n\r\n");
    g_autoptr(GError) err = NULL;

    g_assert_false(head_set(head, "Subject", "a\nb", HEAD_ASCII, &err));
    g_assert_cmpuint(head_count(head, "Subject"), ==, 2);

    g_assert_true(head_set(head, "Subject", "z", HEAD_ASCII, NULL));
    g_assert_true(head_set(head, "New", "n", HEAD_ASCII, NULL));
    g_autofree char *got = format(head);
    g_assert_cmpstr(got, ==, "A: 1\r\nSubject: z\r\nB: 2\r\nNew: n\r\n\r\n");
}

static const struct {
    const char *name;
    const char *value;
    HeadCharset charset;
    const char *want; /* NULL: refused */
} ADDED[] = {
    { "A", "b", HEAD_ASCII, "A: b\r\n" },
    { "A", " b\tc  ", HEAD_ASCII, "A: b\tc\r\n" },
    { "A", "b\r\nBcc: x", HEAD_ASCII, NULL },
    { "A", "b\nBcc: x", HEAD_UTF8, NULL },
    { "A", "b\rBcc: x", HEAD_ASCII, NULL },
    { "A", "b\r\n c", HEAD_ASCII, NULL },
    { "A", "b\x1b[0m", HEAD_ASCII, NULL },
    { "A", "b\x7f", HEAD_ASCII, NULL },
    { "A", "\xc3\xa9", HEAD_ASCII, NULL },
    { "A", "\xc3\xa9", HEAD_UTF8, "A: \xc3\xa9\r\n" },
    { "A", "\xc2\x85", HEAD_UTF8, NULL },
    { "A", "\xe9", HEAD_UTF8, NULL },
    { "", "b", HEAD_ASCII, NULL },
    { "A:", "b", HEAD_ASCII, NULL },
    { "A b", "b", HEAD_ASCII, NULL },
    { "A\r\nB", "b", HEAD_ASCII, NULL },
    { "\xc3\xa9", "b", HEAD_UTF8, NULL },
    { "A", "0123456789 123456789 123456789 123456789 123456789 123456789 123456789 12345678",
      HEAD_ASCII,
      "A: 0123456789 123456789 123456789 123456789 123456789 123456789 123456789\r\n"
      " 12345678\r\n" },
    { "A", "<01234567890123456789012345678901234567890123456789012345678901234567890123456789>",
      HEAD_ASCII,
      "A: <01234567890123456789012345678901234567890123456789012345678901234567890123456789>"
      "\r\n" },
};

static void test_values_are_checked_and_folded(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ADDED); i++) {
        g_test_message("case %zu", i);
        g_autoptr(Head) head = parse("");
        g_autoptr(GError) err = NULL;

        if (head_append(head, ADDED[i].name, ADDED[i].value, ADDED[i].charset, &err)) {
            g_autofree char *got = format(head);
            g_autofree char *want = g_strconcat(ADDED[i].want, "\r\n", NULL);
            g_assert_cmpstr(got, ==, want);
        } else {
            g_assert_null(ADDED[i].want);
            g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
            g_assert_cmpuint(head_malformed(head) + head_count(head, ADDED[i].name), ==, 0);
        }
    }
}

static void test_folding_gives_back_the_value_and_keeps_lines_short(void)
{
    g_autoptr(GString) value = g_string_new(NULL);
    for (int i = 0; i < 500; i++)
        g_string_append_printf(value, "%sw%d", i % 7 == 0 ? "  \t" : " ", i);
    g_strchug(value->str);

    g_autoptr(Head) head = parse("");
    g_assert_true(head_append(head, "References", value->str, HEAD_ASCII, NULL));
    g_autofree char *got = head_get(head, "References", 0);
    g_assert_cmpstr(got, ==, value->str);

    g_autofree char *text = format(head);
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
    for (char **line = lines; *line != NULL; line++)
        g_assert_cmpuint(strlen(*line), <=, 76);
    g_assert_cmpuint(head_malformed(head), ==, 0);
}

static void test_word_longer_than_a_line_is_refused(void)
{
    g_autofree char *fits = g_strnfill(998 - strlen("A: "), 'x');
    g_autofree char *exceeds = g_strnfill(999 - strlen("A: "), 'x');
    g_autofree char *behind = g_strconcat("y ", exceeds, "xxx", NULL);
    g_autoptr(Head) head = parse("");

    g_assert_true(head_append(head, "A", fits, HEAD_ASCII, NULL));
    g_assert_false(head_append(head, "A", exceeds, HEAD_ASCII, NULL));
    g_assert_false(head_append(head, "A", behind, HEAD_ASCII, NULL));
    g_assert_cmpuint(head_count(head, "A"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/head/untouched", test_untouched_header_comes_out_byte_for_byte);
    g_test_add_func("/head/repair", test_repair_leaves_what_every_reader_understands_alike);
    g_test_add_func("/head/values", test_values_are_unfolded_and_counted);
    g_test_add_func("/head/refused", test_what_readers_cut_differently_is_refused);
    g_test_add_func("/head/limit", test_header_may_reach_its_limit_and_no_further);
    g_test_add_func("/head/body", test_body_may_be_anything);
    g_test_add_func("/head/remove", test_remove_takes_every_field_of_the_name);
    g_test_add_func("/head/remove-if", test_remove_if_asks_for_every_field);
    g_test_add_func("/head/add", test_added_fields_stand_at_the_end);
    g_test_add_func("/head/cut", test_changed_header_ends_in_an_empty_line);
    g_test_add_func("/head/set", test_set_replaces_in_place_and_leaves_one);
    g_test_add_func("/head/checked", test_values_are_checked_and_folded);
    g_test_add_func("/head/folding", test_folding_gives_back_the_value_and_keeps_lines_short);
    g_test_add_func("/head/long-word", test_word_longer_than_a_line_is_refused);
    return g_test_run();
}
