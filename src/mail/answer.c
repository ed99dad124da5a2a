#include "mail/answer.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* How a word must end to count. */
typedef enum {
    END_WORD,  /* more words may follow */
    END_CLAUSE /* the line or clause must end here */
} End;

static const struct {
    const char *words; /* in lower case, single spaces */
    End end;
    AnswerSays says;
} PHRASES[] = {
    { "yes", END_WORD, ANSWER_YES },       { "ok", END_WORD, ANSWER_YES },
    { "okay", END_WORD, ANSWER_YES },      { "confirm", END_WORD, ANSWER_YES },
    { "confirmed", END_WORD, ANSWER_YES }, { "i confirm", END_WORD, ANSWER_YES },
    { "approve", END_WORD, ANSWER_YES },   { "approved", END_WORD, ANSWER_YES },
    { "release", END_WORD, ANSWER_YES },   { "no", END_CLAUSE, ANSWER_NO },
    { "reject", END_WORD, ANSWER_NO },     { "drop", END_WORD, ANSWER_NO },
};

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

static bool is_end(char c, End end)
{
    if (end == END_CLAUSE)
        return c == '\0' || strchr(".,;:!\"'*_", c) != NULL;
    return c == '\0' || strchr(" .,;:!?)\"'*_", c) != NULL;
}

/* Lower case, single spaces. */
static char *plain_line(const char *line)
{
    g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
    GString *plain = g_string_new(NULL);
    for (size_t i = 0; words[i] != NULL; i++) {
        if (words[i][0] != '\0')
            g_string_append_printf(plain, "%s%s", plain->len > 0 ? " " : "", words[i]);
    }
    return g_string_free(g_string_ascii_down(plain), FALSE);
}

/* "Yes, but that was not me", "ok?": somebody who writes so has doubts. */
static bool has_doubt(const char *line)
{
    static const char *const DOUBTS[] = { "?",     "n't",      "n\xe2\x80\x99t", " no ",
                                          " not ", " nothing", " never",         " nobody" };
    g_autofree char *padded = g_strconcat(line, " ", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(DOUBTS); i++) {
        if (strstr(padded, DOUBTS[i]) != NULL)
            return true;
    }
    return false;
}

static AnswerSays read_line(const char *line)
{
    g_autofree char *plain = plain_line(line);
    const char *start = plain + strspn(plain, "\"'*_");
    for (size_t i = 0; i < G_N_ELEMENTS(PHRASES); i++) {
        size_t length = strlen(PHRASES[i].words);
        if (strncmp(start, PHRASES[i].words, length) != 0 ||
            !is_end(start[length], PHRASES[i].end))
            continue;
        bool is_doubtful = PHRASES[i].says == ANSWER_YES && has_doubt(start);
        return is_doubtful ? ANSWER_NOTHING : PHRASES[i].says;
    }
    return ANSWER_NOTHING;
}

AnswerSays answer_read(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++)
        g_strstrip(lines[i]);

    for (size_t i = 0; lines[i] != NULL; i++) {
        if (lines[i][0] == '\0' || is_quoted(lines[i]))
            continue;
        AnswerSays says = read_line(lines[i]);
        size_t end = paragraph_end(lines, i);
        if (says != ANSWER_NOTHING || !is_attribution(lines, end))
            return says;
        i = end - 1;
    }
    return ANSWER_NOTHING;
}
