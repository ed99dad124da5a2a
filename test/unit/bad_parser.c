/* A parser child that does what the mail tells it to: it stands for a GMime that crashes, hangs
 * or was taken over. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void answer(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(EXIT_FAILURE);
}

static void flood(void)
{
    for (;;)
        answer("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static void hang(void)
{
    for (;;)
        pause();
}

static void close_and_hang(void)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    hang();
}

static void crash(void)
{
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would catch it */
    raise(SIGSEGV);
}

static void run_out_of_time(void)
{
    raise(SIGXCPU);
}

static void leave(void)
{
    _exit(3);
}

static void answer_half(void)
{
    answer("+{\"from\":");
}

static void answer_wrong_json(void)
{
    answer("+{}\n");
}

static void answer_nonsense(void)
{
    answer("hello\n");
}

static void refuse_with_escapes(void)
{
    answer("-red: \033[31m\r\n");
}

static void lack_sandbox(void)
{
    answer("!no filter\n");
}

static void die_after_refusal(void)
{
    answer("-refused\n");
    crash();
}

static const struct {
    const char *word;
    void (*run)(void);
} WORDS[] = {
    { "flood", flood },
    { "hang", hang },
    { "close", close_and_hang },
    { "crash", crash },
    { "spin", run_out_of_time },
    { "leave", leave },
    { "half", answer_half },
    { "json", answer_wrong_json },
    { "nonsense", answer_nonsense },
    { "escapes", refuse_with_escapes },
    { "sandbox", lack_sandbox },
    { "late", die_after_refusal },
};

int main(void)
{
    char mail[16] = "";
    ssize_t size = read(STDIN_FILENO, mail, sizeof mail - 1);
    if (size <= 0)
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strncmp(mail, WORDS[i].word, strlen(WORDS[i].word)) == 0)
            WORDS[i].run();
    }
    return EXIT_SUCCESS;
}
