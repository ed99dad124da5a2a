#include "mail/answer.h"

#include <glib.h>
#include <string.h>

#include "base/text.h"

/* How a phrase must end to count. */
typedef enum {
    END_WORD,  /* more words may follow */
    END_CLAUSE /* the line or clause must end here */
} End;

/* What may be said. */
typedef struct {
    const char *words; /* single spaces */
    End end;
    size_t says;  /* not 0 */
    bool is_firm; /* counts whatever follows */
} Phrase;

/* What may be said, and what makes it doubtful. */
typedef struct {
    const Phrase *phrases;
    size_t n_phrases;
    const char *const *doubts; /* up to NULL, in lower case */
} Words;

#define YES(words)                                                                             \
    {                                                                                          \
        words, END_WORD, ANSWER_YES, false                                                     \
    }
#define YES_ALONE(words)                                                                       \
    {                                                                                          \
        words, END_CLAUSE, ANSWER_YES, false                                                   \
    }
#define NO(words)                                                                              \
    {                                                                                          \
        words, END_WORD, ANSWER_NO, true                                                       \
    }
#define NO_ALONE(words)                                                                        \
    {                                                                                          \
        words, END_CLAUSE, ANSWER_NO, true                                                     \
    }

#define PHRASES_MAX 12 /* of one language */
#define DOUBTS_MAX  10

/* Alone stands what means something else with more behind it, as "no objection" or, since
 * accents do not matter, "si no", and what no space parts from the next word. */
static const struct {
    const char *language;
    Phrase phrases[PHRASES_MAX]; /* up to one without words */
    const char *doubts[DOUBTS_MAX];
} LANGUAGES[] = {
    /* clang-format off */
    { "en",
      { YES("yes"), YES("ok"), YES("okay"), YES("confirm"), YES("confirmed"), YES("i confirm"),
        YES("approve"), YES("approved"), YES("release"),
        NO_ALONE("no"), NO("reject"), NO("drop") },
      { "?", "n't", "n\xe2\x80\x99t", " no ", " not ", " nothing", " never", " nobody" } },
    { "ar",
      { YES("نعم"), YES("موافق"), YES("أوافق"), NO_ALONE("لا"), NO("أرفض") },
      { "؟", " لا ", " لم ", " لن ", " ليس", " لست", " غير " } },
    { "es",
      { YES_ALONE("sí"), YES("confirmo"), YES("apruebo"), NO("rechazo") },
      { "¿", " nada", " nunca", " nadie" } },
    { "fr",
      { YES("oui"), YES("d'accord"), YES("je confirme"), NO_ALONE("non"), NO("je refuse") },
      { " pas ", " ne ", " n'", " n\xe2\x80\x99", " non ", " jamais", " rien", " personne" } },
    { "pt",
      { YES("sim"), YES("confirmo"), YES("aprovo"), NO_ALONE("não"), NO("rejeito") },
      { " não ", " nada", " nunca", " ninguém" } },
    { "ru",
      { YES("да"), YES("подтверждаю"), NO_ALONE("нет") },
      { " не ", " нет ", " никто", " ничего", " никогда" } },
    { "zh",
      { YES_ALONE("是"), YES_ALONE("是的"), YES_ALONE("同意"), YES_ALONE("确认"),
        NO_ALONE("否"), NO_ALONE("不"), NO_ALONE("不是"), NO_ALONE("不同意") },
      { "不", "没", "吗" } },
    /* clang-format on */
};

#define ENGLISH 0 /* its place in the table */

/* The place of "pt" for "pt-BR"; that of English for what is not there. */
static size_t find_language(const char *tag)
{
    size_t length = tag != NULL ? strcspn(tag, "-_") : 0;
    for (size_t i = 0; i < G_N_ELEMENTS(LANGUAGES); i++) {
        if (length == strlen(LANGUAGES[i].language) &&
            g_ascii_strncasecmp(tag, LANGUAGES[i].language, length) == 0)
            return i;
    }
    return ENGLISH;
}

static Words words_of(size_t place)
{
    size_t n = 0;
    while (n < PHRASES_MAX && LANGUAGES[place].phrases[n].words != NULL)
        n++;
    return (Words){ LANGUAGES[place].phrases, n, LANGUAGES[place].doubts };
}

static bool is_quoted(const char *line)
{
    return line[0] == '>' || line[0] == '|';
}

/* Where the lines that belong together with this one end: at an empty or quoted line. */
static size_t paragraph_end(char **lines, size_t start)
{
    size_t end = start;
    while (lines[end] != NULL && lines[end][0] != '\0' && !is_quoted(lines[end]))
        end++;
    return end;
}

/* "On Tuesday, Muster wrote:" before a quotation, which mail programs fold. */
static bool is_attribution(char **lines, size_t end)
{
    size_t next = end;
    while (lines[next] != NULL && lines[next][0] == '\0')
        next++;
    return lines[next] != NULL && is_quoted(lines[next]) &&
           g_str_has_suffix(lines[end - 1], ":");
}

static bool is_end(const char *at, End end)
{
    gunichar c = g_utf8_get_char(at);
    if (c == '\0' || g_utf8_strchr(".,;:!\"'*_،؛。、»“”’", -1, c) != NULL)
        return true;
    return end == END_WORD && g_utf8_strchr(" ?)؟", -1, c) != NULL;
}

/* Lower case without accents, single spaces, digits of ASCII. */
static char *plain_line(const char *line)
{
    g_autofree char *folded = text_fold(line);
    g_autoptr(GString) plain = g_string_new(NULL);
    bool is_waiting = false;
    for (char *at = folded; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool is_space = g_unichar_isspace(c);
        if (!is_space && is_waiting && plain->len > 0)
            g_string_append_c(plain, ' ');
        is_waiting = is_space;
        if (g_unichar_isdigit(c))
            g_string_append_c(plain, (char) ('0' + g_unichar_digit_value(c)));
        else if (!is_space)
            g_string_append_unichar(plain, c);
    }
    return g_string_free(g_steal_pointer(&plain), FALSE);
}

/* What follows the phrase in the line; NULL if the line does not begin with it. Both plain. */
static const char *after_phrase(const char *line, const char *phrase, End end)
{
    size_t length = strlen(phrase);
    bool is_there = strncmp(line, phrase, length) == 0 && is_end(line + length, end);
    return is_there ? line + length : NULL;
}

/* The longest phrase that the line begins with, and what follows it; NULL if none. */
static const Phrase *find_phrase(const char *line, const Words *words, const char **ret_rest)
{
    const Phrase *best = NULL;
    for (size_t i = 0; i < words->n_phrases; i++) {
        const Phrase *phrase = &words->phrases[i];
        g_autofree char *plain = plain_line(phrase->words);
        const char *rest = after_phrase(line, plain, phrase->end);
        if (rest == NULL || (best != NULL && rest <= *ret_rest))
            continue;
        best = phrase;
        *ret_rest = rest;
    }
    return best;
}

/* "Yes, but that was not me", "ok?": somebody who writes so has doubts. */
static bool has_doubt(const char *rest, const Words *words)
{
    g_autofree char *padded = g_strconcat(rest, " ", NULL);
    for (size_t i = 0; words->doubts[i] != NULL; i++) {
        g_autofree char *doubt = text_fold(words->doubts[i]);
        if (strstr(padded, doubt) != NULL)
            return true;
    }
    return false;
}

/* What a line says in any of the sets of words; 0: nothing. */
static size_t read_line(const char *line, const Words *sets, size_t n_sets)
{
    g_autofree char *plain = plain_line(line);
    const char *start = plain + strspn(plain, "\"'*_");
    const Phrase *phrase = NULL;
    const char *rest = NULL;
    for (size_t i = 0; i < n_sets && phrase == NULL; i++)
        phrase = find_phrase(start, &sets[i], &rest);
    if (phrase == NULL)
        return 0;
    for (size_t i = 0; i < n_sets && !phrase->is_firm; i++) {
        if (has_doubt(rest, &sets[i]))
            return 0;
    }
    return phrase->says;
}

/* What the first words of a text say that are not quoted; 0: nothing. */
static size_t read_text(const char *text, const Words *sets, size_t n_sets)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++)
        g_strstrip(lines[i]);

    for (size_t i = 0; lines[i] != NULL; i++) {
        if (lines[i][0] == '\0' || is_quoted(lines[i]))
            continue;
        size_t says = read_line(lines[i], sets, n_sets);
        size_t end = paragraph_end(lines, i);
        if (says != 0 || !is_attribution(lines, end))
            return says;
        i = end - 1;
    }
    return 0;
}

AnswerSays answer_read(const char *text, const char *language)
{
    const Words sets[] = { words_of(ENGLISH), words_of(find_language(language)) };
    return (AnswerSays) read_text(text, sets, G_N_ELEMENTS(sets));
}

bool answer_choose(const char *text, const char *language, const char *const *options,
                   size_t n_options, size_t *ret_choice)
{
    g_autofree Phrase *phrases = g_new(Phrase, 2 * n_options);
    g_autoptr(GPtrArray) numbers = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < n_options; i++) {
        char *number = g_strdup_printf("%zu", i + 1);
        g_ptr_array_add(numbers, number);
        phrases[2 * i] = (Phrase){ options[i], END_CLAUSE, i + 1, false };
        phrases[2 * i + 1] = (Phrase){ number, END_CLAUSE, i + 1, false };
    }
    const Words own = { phrases, 2 * n_options, LANGUAGES[ENGLISH].doubts };
    const Words foreign = { NULL, 0, LANGUAGES[find_language(language)].doubts };
    const Words sets[] = { own, foreign };
    size_t says = read_text(text, sets, G_N_ELEMENTS(sets));
    if (says != 0)
        *ret_choice = says;
    return says != 0;
}
