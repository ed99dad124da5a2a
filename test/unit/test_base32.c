#include "base/base32.h"

#include <glib.h>
#include <string.h>

/* The vectors of RFC 4648 section 10, in our form. */
static const struct {
    const char *bytes;
    const char *text;
} VECTORS[] = {
    /* clang-format off */
    { "", "" },
    { "f", "my" },
    { "fo", "mzxq" },
    { "foo", "mzxw6" },
    { "foob", "mzxw6yq" },
    { "fooba", "mzxw6ytb" },
    { "foobar", "mzxw6ytboi" },
    /* clang-format on */
};

static void test_encode_agrees_with_the_rfc(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VECTORS); i++) {
        g_autofree char *got = base32_encode((const uint8_t *) VECTORS[i].bytes,
                                             strlen(VECTORS[i].bytes));
        g_assert_cmpstr(got, ==, VECTORS[i].text);
    }
}

static void test_decode_reads_either_case(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VECTORS); i++) {
        g_autofree char *upper = g_ascii_strup(VECTORS[i].text, -1);
        size_t size = strlen(VECTORS[i].bytes);
        uint8_t got[16];

        g_assert_true(base32_decode(VECTORS[i].text, got, size));
        g_assert_cmpmem(got, size, VECTORS[i].bytes, size);
        g_assert_true(base32_decode(upper, got, size));
        g_assert_cmpmem(got, size, VECTORS[i].bytes, size);
    }
}

static void test_decode_refuses_what_is_not_the_one_spelling(void)
{
    static const char *const REFUSED[] = {
        "", "m", "mz", "my======", "m1", "m ", "myy", "m\xc3"
    };
    uint8_t got[16] = { 0xaa };

    for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
        g_assert_false(base32_decode(REFUSED[i], got, 1));
        g_assert_cmpuint(got[0], ==, 0xaa);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base32/encode", test_encode_agrees_with_the_rfc);
    g_test_add_func("/base32/decode", test_decode_reads_either_case);
    g_test_add_func("/base32/refused", test_decode_refuses_what_is_not_the_one_spelling);
    return g_test_run();
}
