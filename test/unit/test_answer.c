#include "alert/answer.h"

static const struct {
    const char *text;
    PolicySays says;
} CASES[] = {
    { "yes", POLICY_SAYS_YES },
    { "Yes.", POLICY_SAYS_YES },
    { "YES, I sent it\n", POLICY_SAYS_YES },
    { "\n\n  ok \n", POLICY_SAYS_YES },
    { "okay!", POLICY_SAYS_YES },
    { "I  confirm", POLICY_SAYS_YES },
    { "confirmed", POLICY_SAYS_YES },
    { "\"yes\"", POLICY_SAYS_YES },
    { "*Yes*, it was me", POLICY_SAYS_YES },
    { "Yes\n\nOn Tue, Muster wrote:\n> a message waits\n", POLICY_SAYS_YES },
    { "Yes\nOn Tue, Muster wrote:\n> a message waits\n", POLICY_SAYS_YES },
    { "> a message waits\n> answer yes\nyes\n", POLICY_SAYS_YES },
    { "On Tue, 3 Nov 2026, Muster\n<tld-ops-owner@lists.example.org> wrote:\n\n> "
      "quoted\n\nok\n",
      POLICY_SAYS_YES },
    { "no", POLICY_SAYS_NO },
    { "No, that was somebody else", POLICY_SAYS_NO },
    { "reject", POLICY_SAYS_NO },
    { "Drop it, please", POLICY_SAYS_NO },
    { "No objection, let it out", POLICY_SAYS_NOTHING },
    { "no problem", POLICY_SAYS_NOTHING },
    { "", POLICY_SAYS_NOTHING },
    { "> yes\n", POLICY_SAYS_NOTHING },
    { "| yes\n", POLICY_SAYS_NOTHING },
    { "this was not me", POLICY_SAYS_NOTHING },
    { "yes?", POLICY_SAYS_NOTHING },
    { "yesterday I was away", POLICY_SAYS_NOTHING },
    { "Okinawa", POLICY_SAYS_NOTHING },
    { "nobody sent this", POLICY_SAYS_NOTHING },
    { "I confirm nothing of the kind", POLICY_SAYS_NOTHING },
    { "Ok, but that was not me", POLICY_SAYS_NOTHING },
    { "yes, I didn't send it", POLICY_SAYS_NOTHING },
    { "No, I did not send it", POLICY_SAYS_NO },
    { "I did not confirm this", POLICY_SAYS_NOTHING },
    { "Dear secretariat,\n\nyes", POLICY_SAYS_NOTHING },
    { "Muster wrote:\n> quoted\nI am away until Monday.\n", POLICY_SAYS_NOTHING },
};

static void test_first_own_words_decide(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].text);
        g_assert_cmpint(answer_read(CASES[i].text), ==, CASES[i].says);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answer/words", test_first_own_words_decide);
    return g_test_run();
}
