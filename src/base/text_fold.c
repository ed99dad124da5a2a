/* The lossy forms of a text: printable ASCII for plain lists, and the search key. */
#include "base/text.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

typedef struct {
    ucs4_t letter; /* lower case; the table is sorted by it */
    const char *ascii;
} Letter;

/* Letters that Unicode does not decompose, as people without them on the keyboard write them:
 * Latin of Europe, the Caucasus, Africa and Vietnam. Stroke letters lose their stroke. */
static const Letter LATIN[] = {
    /* clang-format off */
    { 0x00df, "ss" }, { 0x00e6, "ae" }, { 0x00f0, "d" },  { 0x00f8, "o" },  { 0x00fe, "th" },
    { 0x0111, "d" },  { 0x0127, "h" },  { 0x0131, "i" },  { 0x0138, "q" },  { 0x0142, "l" },
    { 0x014b, "n" },  { 0x0153, "oe" }, { 0x0167, "t" },  { 0x0180, "b" },  { 0x0188, "c" },
    { 0x0192, "f" },  { 0x0199, "k" },  { 0x019a, "l" },  { 0x01a5, "p" },  { 0x01ad, "t" },
    { 0x01b4, "y" },  { 0x01b6, "z" },  { 0x01dd, "e" },  { 0x01e5, "g" },  { 0x0247, "e" },
    { 0x0249, "j" },  { 0x024d, "r" },  { 0x024f, "y" },  { 0x0253, "b" },  { 0x0254, "o" },
    { 0x0256, "d" },  { 0x0257, "d" },  { 0x0259, "e" },  { 0x025b, "e" },  { 0x0260, "g" },
    { 0x0263, "g" },  { 0x0268, "i" },  { 0x0269, "i" },  { 0x026b, "l" },  { 0x0272, "n" },
    { 0x0275, "o" },  { 0x0289, "u" },  { 0x028b, "v" },  { 0x0292, "z" },
    /* clang-format on */
};

/* Greek as in ELOT 743, Cyrillic as English-language lists print names (near BGN/PCGN): one
 * reading per letter, whatever the language, as a name does not say which it is. */
static const Letter OTHERS[] = {
    /* clang-format off */
    { 0x02b9, "'" },  { 0x02bb, "'" },  { 0x02bc, "'" },
    { 0x03b1, "a" },  { 0x03b2, "v" },  { 0x03b3, "g" },  { 0x03b4, "d" },  { 0x03b5, "e" },
    { 0x03b6, "z" },  { 0x03b7, "i" },  { 0x03b8, "th" }, { 0x03b9, "i" },  { 0x03ba, "k" },
    { 0x03bb, "l" },  { 0x03bc, "m" },  { 0x03bd, "n" },  { 0x03be, "x" },  { 0x03bf, "o" },
    { 0x03c0, "p" },  { 0x03c1, "r" },  { 0x03c2, "s" },  { 0x03c3, "s" },  { 0x03c4, "t" },
    { 0x03c5, "y" },  { 0x03c6, "f" },  { 0x03c7, "ch" }, { 0x03c8, "ps" }, { 0x03c9, "o" },
    { 0x0430, "a" },  { 0x0431, "b" },  { 0x0432, "v" },  { 0x0433, "g" },  { 0x0434, "d" },
    { 0x0435, "e" },  { 0x0436, "zh" }, { 0x0437, "z" },  { 0x0438, "i" },  { 0x0439, "y" },
    { 0x043a, "k" },  { 0x043b, "l" },  { 0x043c, "m" },  { 0x043d, "n" },  { 0x043e, "o" },
    { 0x043f, "p" },  { 0x0440, "r" },  { 0x0441, "s" },  { 0x0442, "t" },  { 0x0443, "u" },
    { 0x0444, "f" },  { 0x0445, "kh" }, { 0x0446, "ts" }, { 0x0447, "ch" }, { 0x0448, "sh" },
    { 0x0449, "shch" }, { 0x044a, "" }, { 0x044b, "y" },  { 0x044c, "" },   { 0x044d, "e" },
    { 0x044e, "yu" }, { 0x044f, "ya" }, { 0x0452, "dj" }, { 0x0453, "gj" }, { 0x0454, "ye" },
    { 0x0455, "dz" }, { 0x0456, "i" },  { 0x0457, "yi" }, { 0x0458, "j" },  { 0x0459, "lj" },
    { 0x045a, "nj" }, { 0x045b, "c" },  { 0x045c, "kj" }, { 0x045e, "w" },  { 0x045f, "dz" },
    { 0x0463, "e" },  { 0x0491, "g" },  { 0x0493, "g" },  { 0x0497, "zh" }, { 0x049b, "k" },
    { 0x04a3, "ng" }, { 0x04af, "u" },  { 0x04b1, "u" },  { 0x04b3, "h" },  { 0x04b7, "j" },
    { 0x04bb, "h" },  { 0x04d9, "a" },  { 0x04e9, "o" },
    { 0x2010, "-" },  { 0x2011, "-" },  { 0x2012, "-" },  { 0x2013, "-" },  { 0x2014, "-" },
    { 0x2015, "-" },  { 0x2018, "'" },  { 0x2019, "'" },  { 0x201a, "'" },  { 0x201b, "'" },
    { 0x201c, "\"" }, { 0x201d, "\"" }, { 0x201e, "\"" }, { 0x201f, "\"" }, { 0x2032, "'" },
    { 0x2033, "\"" }, { 0x2039, "'" },  { 0x203a, "'" },  { 0x2044, "/" },  { 0x20ac, "EUR" },
    { 0x2212, "-" },  { 0x3001, "," },  { 0x3002, "." },
    /* clang-format on */
};

/* Marks that a reader may leave out in a search: accents, Hebrew points, Arabic vowel signs.
 * Those of other scripts are vowels, and change the word. */
static const struct {
    ucs4_t first;
    ucs4_t last;
} ACCENTS[] = {
    { 0x0300, 0x036f }, { 0x0483, 0x0487 }, { 0x0591, 0x05bd }, { 0x05bf, 0x05c7 },
    { 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x0670, 0x0670 }, { 0x1ab0, 0x1aff },
    { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff },
};

static bool is_accent(ucs4_t c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ACCENTS); i++)
        if (c >= ACCENTS[i].first && c <= ACCENTS[i].last)
            return true;
    return false;
}

static int compare_letters(const void *a, const void *b)
{
    const Letter *x = a;
    const Letter *y = b;
    return x->letter < y->letter ? -1 : x->letter > y->letter;
}

static const char *find_in(const Letter *table, size_t count, ucs4_t letter)
{
    const Letter wanted = { .letter = letter };
    const Letter *found = bsearch(&wanted, table, count, sizeof wanted, compare_letters);
    return found != NULL ? found->ascii : NULL;
}

static const char *find_letter(ucs4_t letter)
{
    const char *ascii = find_in(LATIN, G_N_ELEMENTS(LATIN), letter);
    return ascii != NULL ? ascii : find_in(OTHERS, G_N_ELEMENTS(OTHERS), letter);
}

/* The characters of a text in NFC; NULL if it is not UTF-8. */
static uint32_t *characters(const char *text, size_t *ret_count)
{
    size_t size = 0;
    uint32_t *chars = u8_to_u32((const uint8_t *) text, strlen(text), NULL, &size);
    if (chars == NULL)
        return NULL;

    uint32_t *normal = u32_normalize(UNINORM_NFC, chars, size, NULL, ret_count);
    free(chars);
    return normal;
}

/* Whether it stands in a word of capitals: the next letter says so, or the one before. */
static bool is_among_capitals(const uint32_t *chars, size_t count, size_t i)
{
    if (i + 1 < count && uc_is_alpha(chars[i + 1]))
        return uc_is_upper(chars[i + 1]);
    return i > 0 && uc_is_upper(chars[i - 1]);
}

/* "Zh" for a capital, but "ZH" among capitals. */
static void append_letter(GString *out, const char *ascii, bool is_upper, bool is_loud)
{
    for (size_t i = 0; ascii[i] != '\0'; i++) {
        bool is_raised = is_upper && (i == 0 || is_loud);
        g_string_append_c(out, is_raised ? g_ascii_toupper(ascii[i]) : ascii[i]);
    }
}

/* Whatever has no table entry is taken apart: "é" is "e" and an accent, "ﬁ" is "fi". */
static bool append_decomposed(GString *out, ucs4_t c, bool is_loud)
{
    uint32_t parts[UC_DECOMPOSITION_MAX_LENGTH * 4];
    size_t count = G_N_ELEMENTS(parts);
    uint32_t *done = u32_normalize(UNINORM_NFKD, &c, 1, parts, &count);
    g_assert(done == parts);

    for (size_t i = 0; i < count; i++) {
        ucs4_t lower = uc_tolower(parts[i]);
        const char *ascii = find_letter(lower);

        if (parts[i] >= 0x20 && parts[i] < 0x7f)
            g_string_append_c(out, (char) parts[i]);
        else if (ascii != NULL)
            append_letter(out, ascii, lower != parts[i], is_loud);
        else if (!is_accent(parts[i]) && !uc_is_property_default_ignorable_code_point(parts[i]))
            return false;
    }
    return true;
}

static bool append_ascii(GString *out, const uint32_t *chars, size_t count, size_t i)
{
    ucs4_t c = chars[i];
    ucs4_t lower = uc_tolower(c);
    bool is_loud = is_among_capitals(chars, count, i);
    const char *ascii = find_letter(lower);

    /* Greek omicron upsilon is one sound, and every passport writes it "ou". */
    if (lower == 0x03c5 && i > 0 && uc_tolower(chars[i - 1]) == 0x03bf)
        ascii = "u";
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_Cc))
        g_string_append_c(out, ' ');
    else if (ascii != NULL)
        append_letter(out, ascii, lower != c, is_loud);
    else
        return append_decomposed(out, c, is_loud);
    return true;
}

/* Whether it is its own ASCII form, as most names are. */
static bool is_printable_ascii(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (!g_ascii_isprint(*at))
            return false;
    return *text != '\0' && *text != ' ' && text[strlen(text) - 1] != ' ';
}

char *text_ascii(const char *text)
{
    if (is_printable_ascii(text))
        return g_strdup(text);

    size_t count = 0;
    uint32_t *chars = characters(text, &count);
    if (chars == NULL)
        return NULL;

    g_autoptr(GString) out = g_string_new(NULL);
    bool is_whole = true;
    for (size_t i = 0; i < count && is_whole; i++)
        is_whole = append_ascii(out, chars, count, i);
    free(chars);

    g_strstrip(out->str);
    return is_whole && *out->str != '\0' ? g_strdup(out->str) : NULL;
}

/* Full case folding, with width, ligatures and "ß" taken apart. NULL if it is not UTF-8. */
static char *fold_case(const char *text)
{
    size_t size = 0;
    uint8_t *folded = u8_casefold((const uint8_t *) text, strlen(text), NULL, UNINORM_NFKD,
                                  NULL, &size);
    if (folded == NULL)
        return NULL;

    char *copy = g_strndup((const char *) folded, size);
    free(folded);
    return copy;
}

char *text_fold(const char *text)
{
    if (g_str_is_ascii(text))
        return g_ascii_strdown(text, -1);
    g_autofree char *folded = text_is_valid(text, strlen(text)) ? fold_case(text) : NULL;
    if (folded == NULL)
        return g_strdup(text);

    g_autoptr(GString) out = g_string_new(NULL);
    ucs4_t c = 0;
    for (const uint8_t *at = (const uint8_t *) folded; (at = u8_next(&c, at)) != NULL;) {
        const char *latin = find_in(LATIN, G_N_ELEMENTS(LATIN), c);
        if (latin != NULL)
            g_string_append(out, latin);
        else if (!is_accent(c))
            g_string_append_unichar(out, c);
    }
    return text_nfc(out->str);
}
