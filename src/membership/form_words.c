#include "membership/form_words.h"

#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/text.h"

/* The first name in each language is the one that we write. Compared are letters only. */
/* clang-format off */
static const struct {
    const char *language;
    FormWordKind kind;
    FormField field;
    const char *names; /* parted by "|" */
} NAMES[] = {
    { "en", FORM_WORD_TLD, 0, "TLD|ccTLD|Top-level domain|Domain|Country code" },
    { "en", FORM_WORD_REQUEST, 0, "Request|Type of request|Request type|Kind of request|Action" },
    { "en", FORM_WORD_CONTACT, 0, "Contact|Security contact|Contact person|Person" },
    { "en", FORM_WORD_FIELD, FORM_NAME, "Name|Full name|Contact name" },
    { "en", FORM_WORD_FIELD, FORM_GIVEN_NAME, "Given name|First name|Given names|Forename" },
    { "en", FORM_WORD_FIELD, FORM_FAMILY_NAME, "Family name|Last name|Surname" },
    { "en", FORM_WORD_FIELD, FORM_MOBILE,
      "Mobile phone|Mobile|Mobile number|Mobile phone number|Cell|Cell phone|Cell phone number|Phone|Phone number|"
      "Telephone|Telephone number|Tel|GSM" },
    { "en", FORM_WORD_FIELD, FORM_EMAIL,
      "E-mail|Mail|E-mail address|Mail address|Primary e-mail|Primary e-mail address|Business e-mail|Primary address" },
    { "en", FORM_WORD_FIELD, FORM_SECONDARY,
      "Secondary e-mail|Secondary e-mail address|Secondary mail|Second e-mail|Second e-mail address|Secondary address|"
      "Secondary|Alternative e-mail|Alternate e-mail|Backup e-mail|Personal e-mail" },
    { "en", FORM_WORD_FIELD, FORM_OLD_EMAIL,
      "Current e-mail|Current e-mail address|Old e-mail|Old e-mail address|E-mail on file|Previous e-mail" },
    { "en", FORM_WORD_FIELD, FORM_RANK, "Rank|Order|Priority" },

    { "ar", FORM_WORD_TLD, 0, "النطاق|نطاق المستوى الأعلى|اسم النطاق" },
    { "ar", FORM_WORD_REQUEST, 0, "الطلب|نوع الطلب" },
    { "ar", FORM_WORD_CONTACT, 0, "جهة الاتصال|جهة اتصال" },
    { "ar", FORM_WORD_FIELD, FORM_NAME, "الاسم|الاسم الكامل" },
    { "ar", FORM_WORD_FIELD, FORM_GIVEN_NAME, "الاسم الأول" },
    { "ar", FORM_WORD_FIELD, FORM_FAMILY_NAME, "اسم العائلة" },
    { "ar", FORM_WORD_FIELD, FORM_MOBILE, "الهاتف المحمول|رقم الهاتف المحمول|الهاتف|رقم الهاتف|الجوال|رقم الجوال|المحمول" },
    { "ar", FORM_WORD_FIELD, FORM_EMAIL, "البريد الإلكتروني|عنوان البريد الإلكتروني|البريد" },
    { "ar", FORM_WORD_FIELD, FORM_SECONDARY, "البريد الإلكتروني الثانوي|البريد الثانوي|البريد الإلكتروني البديل" },
    { "ar", FORM_WORD_FIELD, FORM_OLD_EMAIL, "البريد الإلكتروني الحالي|البريد الإلكتروني القديم" },
    { "ar", FORM_WORD_FIELD, FORM_RANK, "الترتيب" },

    { "fr", FORM_WORD_REQUEST, 0, "Demande|Type de demande" },
    { "fr", FORM_WORD_FIELD, FORM_NAME, "Nom complet|Nom et prénom" },
    { "fr", FORM_WORD_FIELD, FORM_GIVEN_NAME, "Prénom" },
    { "fr", FORM_WORD_FIELD, FORM_FAMILY_NAME, "Nom de famille" },
    { "fr", FORM_WORD_FIELD, FORM_MOBILE, "Téléphone mobile|Téléphone portable|Téléphone|Portable" },
    { "fr", FORM_WORD_FIELD, FORM_EMAIL, "Courriel|Adresse e-mail|Adresse électronique" },
    { "fr", FORM_WORD_FIELD, FORM_SECONDARY, "Courriel secondaire|E-mail secondaire" },

    { "es", FORM_WORD_REQUEST, 0, "Solicitud|Tipo de solicitud" },
    { "es", FORM_WORD_CONTACT, 0, "Contacto" },
    { "es", FORM_WORD_FIELD, FORM_NAME, "Nombre|Nombre completo|Nombre y apellidos" },
    { "es", FORM_WORD_FIELD, FORM_FAMILY_NAME, "Apellido|Apellidos" },
    { "es", FORM_WORD_FIELD, FORM_MOBILE, "Teléfono móvil|Teléfono celular|Teléfono|Celular|Móvil" },
    { "es", FORM_WORD_FIELD, FORM_EMAIL, "Correo electrónico|Correo" },
    { "es", FORM_WORD_FIELD, FORM_SECONDARY, "Correo electrónico secundario|Correo secundario" },
};

static const struct {
    const char *language;
    RequestKind kind;
    const char *words;
} KINDS[] = {
    { "en", REQUEST_JOIN, "join|joining|subscribe|new" },
    { "en", REQUEST_ADD, "add|addition" },
    { "en", REQUEST_CHANGE, "change|update|modify|replace" },
    { "en", REQUEST_REMOVE, "remove|removal|delete|unsubscribe" },
    { "en", REQUEST_LEAVE, "leave|leaving" },
    { "ar", REQUEST_JOIN, "انضمام|الانضمام" },
    { "ar", REQUEST_ADD, "إضافة|اضافة" },
    { "ar", REQUEST_CHANGE, "تغيير|تعديل|تحديث" },
    { "ar", REQUEST_REMOVE, "حذف|إزالة" },
    { "ar", REQUEST_LEAVE, "مغادرة|خروج" },
    { "fr", REQUEST_JOIN, "adhésion|adhérer" },
    { "fr", REQUEST_ADD, "ajout|ajouter" },
    { "fr", REQUEST_CHANGE, "modification|modifier|changer" },
    { "fr", REQUEST_REMOVE, "suppression|supprimer" },
    { "es", REQUEST_JOIN, "ingreso|adhesión|unirse" },
    { "es", REQUEST_ADD, "añadir|agregar" },
    { "es", REQUEST_CHANGE, "cambio|cambiar|modificar" },
    { "es", REQUEST_REMOVE, "eliminar|baja" },
};
/* clang-format on */

/* Letters alone, folded: "E-Mail address" and "email  address" are one. */
static char *letters_of(const char *text)
{
    g_autofree char *folded = text_fold(text);
    GString *letters = g_string_new(NULL);
    ucs4_t c = 0;
    for (const uint8_t *at = (const uint8_t *) folded; (at = u8_next(&c, at)) != NULL;) {
        if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L))
            g_string_append_unichar(letters, c);
    }
    return g_string_free(letters, FALSE);
}

struct FormWords {
    GHashTable *names; /* letters -> place in NAMES + 1 */
    GHashTable *kinds; /* letters -> place in KINDS + 1 */
};

/* Of names that mean several things, the first is it. */
static void add_all(GHashTable *table, const char *names, size_t place)
{
    g_auto(GStrv) parts = g_strsplit(names, "|", -1);
    for (char **part = parts; *part != NULL; part++) {
        g_autofree char *letters = letters_of(*part);
        if (!g_hash_table_contains(table, letters))
            g_hash_table_insert(table, g_steal_pointer(&letters), GSIZE_TO_POINTER(place + 1));
    }
}

FormWords *form_words_new(void)
{
    FormWords *words = g_new0(FormWords, 1);
    words->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    words->kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
        add_all(words->names, NAMES[i].names, i);
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++)
        add_all(words->kinds, KINDS[i].words, i);
    return words;
}

void form_words_free(FormWords *words)
{
    if (words == NULL)
        return;
    g_hash_table_unref(words->names);
    g_hash_table_unref(words->kinds);
    g_free(words);
}

bool form_words_find(const FormWords *words, const char *text, FormWord *ret_word)
{
    g_autofree char *letters = letters_of(text);
    size_t place = GPOINTER_TO_SIZE(g_hash_table_lookup(words->names, letters));
    if (place == 0)
        return false;
    *ret_word = (FormWord){ NAMES[place - 1].kind, NAMES[place - 1].field,
                            NAMES[place - 1].language };
    return true;
}

/* The first word counts: "join (please)". */
bool form_words_find_kind(const FormWords *words, const char *text, RequestKind *ret_kind)
{
    g_autofree char *start = g_strndup(text, strcspn(text, " (,;./"));
    g_autofree char *letters = letters_of(start);
    size_t place = GPOINTER_TO_SIZE(g_hash_table_lookup(words->kinds, letters));
    if (place == 0)
        return false;
    *ret_kind = KINDS[place - 1].kind;
    return true;
}

static char *first_of(const char *names)
{
    return g_strndup(names, strcspn(names, "|"));
}

/* Interned, as a few words are asked for again and again. */
static const char *name_in(FormWordKind kind, FormField field, const char *language)
{
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        if (NAMES[i].kind == kind && NAMES[i].field == field &&
            g_str_equal(NAMES[i].language, language)) {
            g_autofree char *name = first_of(NAMES[i].names);
            return g_intern_string(name);
        }
    }
    return g_str_equal(language, "en") ? "" : name_in(kind, field, "en");
}

const char *form_word_tld(const char *language)
{
    return name_in(FORM_WORD_TLD, 0, language);
}

const char *form_word_request(const char *language)
{
    return name_in(FORM_WORD_REQUEST, 0, language);
}

const char *form_word_contact(const char *language)
{
    return name_in(FORM_WORD_CONTACT, 0, language);
}

const char *form_field_name(FormField field, const char *language)
{
    return name_in(FORM_WORD_FIELD, field, language);
}

const char *form_word_kind(RequestKind kind, const char *language)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        if (KINDS[i].kind == kind && g_str_equal(KINDS[i].language, language)) {
            g_autofree char *word = first_of(KINDS[i].words);
            return g_intern_string(word);
        }
    }
    return g_str_equal(language, "en") ? "" : form_word_kind(kind, "en");
}
