#include "mail/answer.h"

#include <glib.h>

static const struct {
    const char *text;
    AnswerSays says;
} CASES[] = {
    { "yes", ANSWER_YES },
    { "Yes.", ANSWER_YES },
    { "YES, I sent it\n", ANSWER_YES },
    { "\n\n  ok \n", ANSWER_YES },
    { "okay!", ANSWER_YES },
    { "I  confirm", ANSWER_YES },
    { "confirmed", ANSWER_YES },
    { "\"yes\"", ANSWER_YES },
    { "*Yes*, it was me", ANSWER_YES },
    { "Yes\n\nOn Tue, Muster wrote:\n> a message waits\n", ANSWER_YES },
    { "Yes\nOn Tue, Muster wrote:\n> a message waits\n", ANSWER_YES },
    { "> a message waits\n> answer yes\nyes\n", ANSWER_YES },
    { "On Tue, 3 Nov 2026, Muster\n<tld-ops-owner@lists.example.org> wrote:\n\n> "
      "quoted\n\nok\n",
      ANSWER_YES },
    { "no", ANSWER_NO },
    { "No, that was somebody else", ANSWER_NO },
    { "reject", ANSWER_NO },
    { "Drop it, please", ANSWER_NO },
    { "No objection, let it out", ANSWER_NOTHING },
    { "no problem", ANSWER_NOTHING },
    { "", ANSWER_NOTHING },
    { "> yes\n", ANSWER_NOTHING },
    { "| yes\n", ANSWER_NOTHING },
    { "this was not me", ANSWER_NOTHING },
    { "yes?", ANSWER_NOTHING },
    { "yesterday I was away", ANSWER_NOTHING },
    { "Okinawa", ANSWER_NOTHING },
    { "nobody sent this", ANSWER_NOTHING },
    { "I confirm nothing of the kind", ANSWER_NOTHING },
    { "Ok, but that was not me", ANSWER_NOTHING },
    { "yes, I didn't send it", ANSWER_NOTHING },
    { "No, I did not send it", ANSWER_NO },
    { "I did not confirm this", ANSWER_NOTHING },
    { "Dear secretariat,\n\nyes", ANSWER_NOTHING },
    { "Muster wrote:\n> quoted\nI am away until Monday.\n", ANSWER_NOTHING },
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
