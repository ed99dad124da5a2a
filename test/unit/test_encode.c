#include "mail/encode.h"

#include <string.h>

static const struct {
    const char *text;
    const char *want;
} TEXTS[] = {
    { "", "" },
    { "hello", "hello" },
    { "  hello  world ", "hello  world" },
    { "a = b? yes?=", "a = b? yes?=" },
    { "caf\xc3\xa9", "=?UTF-8?Q?caf=C3=A9?=" },
    { "[TLD-OPS] attack on caf\xc3\xa9 and th\xc3\xa9 now",
      "[TLD-OPS] attack on =?UTF-8?Q?caf=C3=A9_and_th=C3=A9?= now" },
    { "\xe6\xb8\xac\xe8\xa9\xa6", "=?UTF-8?B?5ris6Kmm?=" },
    { "a\tb", "a b" },
    { "hi\r\nBcc: eve@example.org", "hi  Bcc: eve@example.org" },
    { "caf\xc3\xa9\r\nBcc: x", "=?UTF-8?Q?caf=C3=A9?=  Bcc: x" },
    { "\xc3\xa9\n\xc3\xa9", "=?UTF-8?B?w6kgw6k=?=" },
    { "\x1b[31mred", "[31mred" },
    { "a\xc2\x85"
      "b",
      "a b" },
    { "bad \xff byte", "bad =?UTF-8?B?77+9?= byte" },
    { "=?utf-8?q?=0D=0ABcc:_x?=", "=?UTF-8?Q?=3D=3Futf-8=3Fq=3F=3D0D=3D0ABcc=3A=5Fx=3F=3D?=" },
    { "a_b x\xc3\xa9=cd_e f", "a_b =?UTF-8?Q?x=C3=A9=3Dcd=5Fe?= f" },
};

static void test_text_is_encoded_where_it_must_be(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        g_test_message("case %zu", i);
        g_autofree char *got = encode_text(TEXTS[i].text);
        g_assert_cmpstr(got, ==, TEXTS[i].want);
    }
}

static const struct {
    const char *name;
    const char *want;
} NAMES[] = {
    { "Jane Doe", "Jane Doe <jane@nic.example>" },
    { NULL, "jane@nic.example" },
    { "", "jane@nic.example" },
    { " \r\n ", "jane@nic.example" },
    { "Jane O'Neil-Doe", "Jane O'Neil-Doe <jane@nic.example>" },
    { "Doe, Jane", "\"Doe, Jane\" <jane@nic.example>" },
    { "Jane D. Doe", "\"Jane D. Doe\" <jane@nic.example>" },
    { "Jane Doe (jane@nic.example) via TLD-OPS",
      "\"Jane Doe (jane@nic.example) via TLD-OPS\" <jane@nic.example>" },
    { "Jane \"JD\" Doe\\", "\"Jane \\\"JD\\\" Doe\\\\\" <jane@nic.example>" },
    { "Eve\" <eve@example.org>, \"", "\"Eve\\\" <eve@example.org>, \\\"\" <jane@nic.example>" },
    { "Eve\r\nBcc: x", "\"Eve  Bcc: x\" <jane@nic.example>" },
    { "J\xc3\xbcrgen M\xc3\xbcller", "=?UTF-8?Q?J=C3=BCrgen_M=C3=BCller?= <jane@nic.example>" },
    { "J\xc3\xbcrgen (\"J\")", "=?UTF-8?Q?J=C3=BCrgen_=28=22J=22=29?= <jane@nic.example>" },
    { "=?utf-8?q?Eve?=", "=?UTF-8?Q?=3D=3Futf-8=3Fq=3FEve=3F=3D?= <jane@nic.example>" },
};

static void test_display_names_are_quoted_or_encoded(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        g_test_message("case %zu", i);
        g_autofree char *got = encode_mailbox(NAMES[i].name, "jane@nic.example");
        g_assert_cmpstr(got, ==, NAMES[i].want);
    }
}

/* Reads one encoded word by the letter of RFC 2047. */
static void decode_word(const char *word, GString *out)
{
    g_assert_cmpuint(strlen(word), <=, 75);
    g_assert_true(g_str_has_prefix(word, "=?UTF-8?") && g_str_has_suffix(word, "?="));
    g_autofree char *text = g_strndup(word + 10, strlen(word) - 12);
    g_autoptr(GString) bytes = g_string_new(NULL);

    if (word[8] == 'B') {
        size_t size;
        g_autofree guchar *decoded = g_base64_decode(text, &size);
        g_string_append_len(bytes, (const char *) decoded, (gssize) size);
    } else {
        for (const char *c = text; *c != '\0'; c++) {
            if (*c == '=') {
                int value = g_ascii_xdigit_value(c[1]) * 16 + g_ascii_xdigit_value(c[2]);
                g_string_append_c(bytes, (char) value);
                c += 2;
            } else {
                g_assert_true(g_ascii_isalnum(*c) || strchr("!*+-/_", *c) != NULL);
                g_string_append_c(bytes, *c == '_' ? ' ' : *c);
            }
        }
    }
    g_assert_true(g_utf8_validate(bytes->str, (gssize) bytes->len, NULL));
    g_string_append_len(out, bytes->str, (gssize) bytes->len);
}

static void test_long_text_is_split_between_characters(void)
{
    static const char *const SEEDS[] = { "\xc3\xa9", "a\xe6\xb8\xac", "\xf0\x9f\x94\xa5 x",
                                         "ab \xc3\xa9", "???\xc3\xa9" };

    for (size_t i = 0; i < G_N_ELEMENTS(SEEDS); i++) {
        for (int times = 1; times < 60; times++) {
            g_autoptr(GString) text = g_string_new("\xc3\xa9");
            for (int n = 0; n < times; n++)
                g_string_append(text, SEEDS[i]);
            g_string_append(text, "\xc3\xa9");

            g_autofree char *encoded = encode_text(text->str);
            g_auto(GStrv) words = g_strsplit(encoded, " ", -1);
            g_autoptr(GString) got = g_string_new(NULL);
            for (char **word = words; *word != NULL; word++)
                decode_word(*word, got);
            g_assert_cmpstr(got->str, ==, text->str);
        }
    }
}

static void test_word_without_space_never_exceeds_a_line(void)
{
    g_autofree char *word = g_strnfill(5000, 'x');
    g_autofree char *text = encode_text(word);
    g_autofree char *phrase = encode_phrase(word);
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (char **w = words; *w != NULL; w++)
        g_assert_cmpuint(strlen(*w), <=, 75);
    g_assert_cmpstr(phrase, ==, text);
}

static const struct {
    const char *text;
    const char *want;
    bool is_plain;
} BODIES[] = {
    { "", "", true },
    { "hello", "hello\r\n", true },
    { "a\nb\r\nc\rd\n", "a\r\nb\r\nc\r\nd\r\n", true },
    { "a\n\n\nb", "a\r\n\r\n\r\nb\r\n", true },
    { ".\n..\n", ".\r\n..\r\n", true },
    { "a\n-- \nJane\n", "a\r\n-- \r\nJane\r\n", true },
    { "a=b", "a=b\r\n", true },
    { "a\tb", "a\tb\r\n", true },
    { "caf\xc3\xa9 = x", "caf=C3=A9 =3D x\r\n", false },
    { "ends in space \n\xc3\xa9", "ends in space=20\r\n=C3=A9\r\n", false },
    { "ends in tab\t", "ends in tab=09\r\n", false },
    { "From me\nSay From me", "=46rom me\r\nSay From me\r\n", false },
    { ".\n\xc3\xa9.", "=2E\r\n=C3=A9.\r\n", false },
    { "\x1b[31m", " [31m\r\n", true },
    { "bad \xff", "bad =EF=BF=BD\r\n", false },
};

static void test_body_is_plain_or_quoted_printable(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(BODIES); i++) {
        g_test_message("case %zu", i);
        g_auto(EncodedBody) body = { 0 };
        encode_body(BODIES[i].text, &body);
        g_assert_cmpstr(body.text->str, ==, BODIES[i].want);
        g_assert_cmpstr(body.encoding, ==, BODIES[i].is_plain ? "7bit" : "quoted-printable");
    }
}

static void test_quoted_printable_lines_stay_within_76(void)
{
    for (size_t size = 70; size < 240; size++) {
        g_autofree char *fill = g_strnfill(size, size % 3 == 0 ? '=' : 'x');
        g_autofree char *text = g_strconcat(fill, "\xc3\xa9", "From ", fill, NULL);
        g_auto(EncodedBody) body = { 0 };
        encode_body(text, &body);

        g_auto(GStrv) lines = g_strsplit(body.text->str, "\r\n", -1);
        for (char **line = lines; *line != NULL; line++) {
            g_assert_cmpuint(strlen(*line), <=, 76);
            g_assert_false(g_str_has_prefix(*line, "From "));
        }
    }
}

static void test_line_of_76_characters_needs_no_break(void)
{
    g_autofree char *fill = g_strnfill(70, 'x');
    g_autofree char *text = g_strconcat(fill, "\xc3\xa9", NULL);
    g_auto(EncodedBody) body = { 0 };

    encode_body(text, &body);
    g_assert_null(strstr(body.text->str, "=\r\n"));
    g_assert_cmpuint(body.text->len, ==, 78);
}

static void test_long_ascii_line_is_wrapped_for_the_way(void)
{
    g_autofree char *fits = g_strnfill(200, 'x');
    g_autofree char *exceeds = g_strnfill(201, 'x');
    g_auto(EncodedBody) plain = { 0 };
    g_auto(EncodedBody) wrapped = { 0 };

    encode_body(fits, &plain);
    encode_body(exceeds, &wrapped);
    g_assert_cmpstr(plain.encoding, ==, "7bit");
    g_assert_cmpstr(wrapped.encoding, ==, "quoted-printable");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encode/text", test_text_is_encoded_where_it_must_be);
    g_test_add_func("/encode/names", test_display_names_are_quoted_or_encoded);
    g_test_add_func("/encode/split", test_long_text_is_split_between_characters);
    g_test_add_func("/encode/long-word", test_word_without_space_never_exceeds_a_line);
    g_test_add_func("/encode/body", test_body_is_plain_or_quoted_printable);
    g_test_add_func("/encode/qp-lines", test_quoted_printable_lines_stay_within_76);
    g_test_add_func("/encode/qp-full-line", test_line_of_76_characters_needs_no_break);
    g_test_add_func("/encode/long-line", test_long_ascii_line_is_wrapped_for_the_way);
    return g_test_run();
}
