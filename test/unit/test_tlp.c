#include "mail/tlp.h"

#include <glib.h>

static const struct {
    const char *subject;
    TlpLabel label;
    TlpNotice notice;
} CASES[] = {
    { "", TLP_NONE, TLP_FINE },
    { "no label at all", TLP_NONE, TLP_FINE },
    { "TLP:RED", TLP_RED, TLP_FINE },
    { "TLP:AMBER", TLP_AMBER, TLP_FINE },
    { "TLP:AMBER+STRICT", TLP_AMBER_STRICT, TLP_FINE },
    { "TLP:GREEN", TLP_GREEN, TLP_FINE },
    { "TLP:CLEAR", TLP_CLEAR, TLP_FINE },

    /* case, brackets, place */
    { "[TLP:RED] attack", TLP_RED, TLP_FINE },
    { "(tlp:green) hello", TLP_GREEN, TLP_FINE },
    { "{Tlp:Amber+Strict}", TLP_AMBER_STRICT, TLP_FINE },
    { "Re: [TLD-OPS] TLP:AMBER: phishing", TLP_AMBER, TLP_FINE },
    { "attack now, TLP:RED.", TLP_RED, TLP_FINE },
    { "\"TLP:RED\"", TLP_RED, TLP_FINE },
    { "x/TLP:RED/y", TLP_RED, TLP_FINE },
    { "\xef\xbc\x88TLP:RED\xef\xbc\x89", TLP_RED, TLP_FINE }, /* full-width brackets */
    { "TLP:RED\xe2\x80\x94now", TLP_RED, TLP_FINE },          /* a dash */

    /* part of a longer word */
    { "XTLP:RED", TLP_NONE, TLP_FINE },
    { "_TLP:RED", TLP_NONE, TLP_FINE },
    { "x-TLP:RED", TLP_NONE, TLP_FINE },
    { "\xc3\xa9TLP:RED", TLP_NONE, TLP_FINE },
    { "TLP:REDS", TLP_NONE, TLP_INVALID },
    { "TLP:RED-ish", TLP_NONE, TLP_INVALID },
    { "TLP:RED_1", TLP_NONE, TLP_INVALID },
    { "TLP:RED\xc3\xa9", TLP_NONE, TLP_INVALID },
    { "TLP:RED\xcc\x81", TLP_NONE, TLP_INVALID }, /* a combining accent */
    { "TLP:TLP:RED", TLP_NONE, TLP_INVALID },

    /* not of TLP 2.0 */
    { "TLP:WHITE", TLP_NONE, TLP_INVALID },
    { "TLP:ORANGE", TLP_NONE, TLP_INVALID },
    { "TLP:", TLP_NONE, TLP_INVALID },
    { "TLP: RED", TLP_NONE, TLP_INVALID },
    { "TLP:\tRED", TLP_NONE, TLP_INVALID },
    { "TLP:AMBER+", TLP_NONE, TLP_INVALID },
    { "TLP:AMBER+STRICTER", TLP_NONE, TLP_INVALID },
    { "TLP:AMBER-STRICT", TLP_NONE, TLP_INVALID },
    { "TLP:RED+STRICT", TLP_NONE, TLP_INVALID },
    { "TLP:R\xc3\x89"
      "D",
      TLP_NONE, TLP_INVALID },
    { "TLP:\xef\xbc\xb2"
      "ED",
      TLP_NONE, TLP_INVALID },                    /* full-width R */
    { "TLP\xef\xbc\x9aRED", TLP_NONE, TLP_FINE }, /* full-width colon */
    { "T L P:RED", TLP_NONE, TLP_FINE },
    { "TLP RED", TLP_NONE, TLP_FINE },
    { "TLP:\xff"
      "RED",
      TLP_NONE, TLP_INVALID },

    { "TLP:RED\xf0", TLP_RED, TLP_FINE },

    /* AMBER that is meant to be strict is not read as less */
    { "TLP:AMBER STRICT", TLP_AMBER_STRICT, TLP_INVALID },
    { "TLP:AMBER + strict", TLP_AMBER_STRICT, TLP_INVALID },
    { "TLP:AMBER strictly speaking", TLP_AMBER, TLP_FINE },
    { "TLP:GREEN STRICT", TLP_GREEN, TLP_FINE },

    /* several */
    { "TLP:GREEN TLP:RED TLP:AMBER", TLP_RED, TLP_SEVERAL },
    { "TLP:RED TLP:GREEN", TLP_RED, TLP_SEVERAL },
    { "TLP:AMBER+STRICT TLP:AMBER", TLP_AMBER_STRICT, TLP_SEVERAL },
    { "TLP:RED Re: tlp:red", TLP_RED, TLP_FINE },
    { "TLP:WHITE TLP:GREEN", TLP_GREEN, TLP_INVALID },
    { "TLP:GREEN TLP:WHITE TLP:RED", TLP_RED, TLP_INVALID },
};

static void test_labels_are_read_from_subjects(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("case %zu", i);
        TlpLabel label = TLP_CLEAR;

        g_assert_cmpint(tlp_read(CASES[i].subject, &label), ==, CASES[i].notice);
        g_assert_cmpint(label, ==, CASES[i].label);
    }
}

static void test_names_read_back(void)
{
    g_assert_null(tlp_name(TLP_NONE));
    g_assert_cmpstr(tlp_name(TLP_AMBER_STRICT), ==, "TLP:AMBER+STRICT");

    for (TlpLabel want = TLP_CLEAR; want <= TLP_RED; want++) {
        TlpLabel label = TLP_NONE;
        g_assert_cmpint(tlp_read(tlp_name(want), &label), ==, TLP_FINE);
        g_assert_cmpint(label, ==, want);
    }
}

static void test_stricter_labels_compare_greater(void)
{
    g_assert_cmpint(TLP_NONE, <, TLP_CLEAR);
    g_assert_cmpint(TLP_CLEAR, <, TLP_GREEN);
    g_assert_cmpint(TLP_GREEN, <, TLP_AMBER);
    g_assert_cmpint(TLP_AMBER, <, TLP_AMBER_STRICT);
    g_assert_cmpint(TLP_AMBER_STRICT, <, TLP_RED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tlp/read", test_labels_are_read_from_subjects);
    g_test_add_func("/tlp/names", test_names_read_back);
    g_test_add_func("/tlp/order", test_stricter_labels_compare_greater);
    return g_test_run();
}
