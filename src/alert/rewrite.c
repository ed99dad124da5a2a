#include "alert/rewrite.h"

#include <string.h>

#include "alert/rewrite_fields.h"
#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "mail/compose.h"
#include "mail/encode.h"
#include "mail/encoded_word.h"

/* Stands in what we hand on to people, and nowhere else. */
#define LOOP_FIELD "X-Loop"

char *rewrite_list_id(const Config *config, RouteKind route, const char *detail)
{
    g_autofree char *list = g_ascii_strdown(config->list, -1);
    char *at = strrchr(list, '@');
    *at = '\0';
    const char *suffix = route == ROUTE_COMMITTEE ? "-committee" : "";
    char *id = route == ROUTE_TLD ? g_strdup_printf("%s.%s.%s", detail, list, at + 1)
                                  : g_strdup_printf("%s%s.%s", list, suffix, at + 1);
    /* RFC 2919 section 2: dot-atom-text, which a quoted local part is not. */
    return g_strcanon(id, "abcdefghijklmnopqrstuvwxyz0123456789.-_+", '-');
}

static bool is_own_list_id(const Config *config, const char *id)
{
    g_autofree char *lower = g_ascii_strdown(id, -1);
    g_autofree char *everyone = rewrite_list_id(config, ROUTE_EVERYONE, NULL);
    g_autofree char *committee = rewrite_list_id(config, ROUTE_COMMITTEE, NULL);
    g_autofree char *below = g_strconcat(".", everyone, NULL);
    return g_str_equal(lower, everyone) || g_str_equal(lower, committee) ||
           g_str_has_suffix(lower, below);
}

bool rewrite_is_ours(const Config *config, const Message *message, const Head *head)
{
    for (guint i = 0; i < message->list_ids->len; i++) {
        if (is_own_list_id(config, message->list_ids->pdata[i]))
            return true;
    }
    g_autofree char *owner = address_with_detail(config->list, "-owner");
    for (size_t i = 0; i < head_count(head, LOOP_FIELD); i++) {
        g_autofree char *mark = head_get(head, LOOP_FIELD, i);
        if (g_ascii_strcasecmp(mark, owner) == 0)
            return true;
    }
    return false;
}

/* The address that mail to the audience goes to. */
static char *audience_address(const RewritePost *post)
{
    if (post->route == ROUTE_COMMITTEE)
        return address_with_detail(post->config->list, "-committee");
    if (post->route == ROUTE_OWNER)
        return address_with_detail(post->config->list, "-owner");
    if (post->route != ROUTE_TLD)
        return g_strdup(post->config->list);
    g_autofree char *suffix = g_strconcat("+", post->detail, NULL);
    return address_with_detail(post->config->list, suffix);
}

/* For people: "TLD-OPS", "TLD-OPS committee", "TLD-OPS .ca". */
static char *audience_name(const RewritePost *post)
{
    const char *name = post->config->name;
    if (post->route == ROUTE_COMMITTEE)
        return g_strconcat(name, " committee", NULL);
    if (post->route == ROUTE_OWNER)
        return g_strconcat(name, " owner", NULL);
    if (post->route != ROUTE_TLD)
        return g_strdup(name);
    g_autofree char *u_label = domain_display(post->detail);
    return g_strconcat(name, " .", u_label, NULL);
}

static const Mailbox *author_of(const Message *message)
{
    const Mailbox *author = message->from->len == 1 ? message->from->pdata[0] : NULL;
    return author != NULL && author->address != NULL ? author : NULL;
}

static const char *author_name(const RewritePost *post, const Mailbox *author)
{
    return post->author_name != NULL ? post->author_name : author->name;
}

/* "Jane Doe (jane@mail.example, secondary address, .xx) via TLD-OPS" */
static char *display_name(const RewritePost *post, const Mailbox *author)
{
    g_autofree char *audience = audience_name(post);
    if (author == NULL)
        return g_steal_pointer(&audience);
    const char *name = author_name(post, author);
    g_autofree char *about = post->mark == NULL
                                 ? g_strdup(author->address)
                                 : g_strdup_printf("%s, %s", author->address, post->mark);
    if (name == NULL || name[0] == '\0')
        return g_strdup_printf("%s via %s", about, audience);
    return g_strdup_printf("%s (%s) via %s", name, about, audience);
}

/* A mark is for the readers, so it needs the field we write even where DMARC does not. */
static bool must_rewrite_from(const RewritePost *post)
{
    if (author_of(post->message) == NULL)
        return true;
    switch ((FromRewrite) post->config->from_rewrite) {
    case FROM_REWRITE_NEVER:
        return false;
    case FROM_REWRITE_DMARC:
        return !post->is_from_safe || post->mark != NULL;
    case FROM_REWRITE_ALWAYS:
        break;
    }
    return true;
}

/* A From field that stays is written anew where it has more than plain ASCII: readers would
 * have to decode what an author from outside made. */
static bool keep_from(const RewritePost *post, Head *head, GError **err)
{
    g_autofree char *raw = head_get(head, "From", 0);
    if (head_count(head, "From") == 1 && fields_is_plain(raw) && strstr(raw, "=?") == NULL)
        return true;
    const Mailbox *author = author_of(post->message);
    g_autofree char *value = encode_mailbox(author->name, author->address);
    return head_set(head, "From", value, HEAD_UTF8, err);
}

static bool set_from(const RewritePost *post, Head *head, GError **err)
{
    if (!must_rewrite_from(post))
        return keep_from(post, head, err);
    g_autofree char *name = display_name(post, author_of(post->message));
    g_autofree char *address = audience_address(post);
    g_autofree char *value = encode_mailbox(name, address);
    return head_set(head, "From", value, HEAD_UTF8, err);
}

/* An address that some readers would decode, though RFC 2047 section 5 forbids it. */
static bool reads_as_encoded(const char *address)
{
    return strstr(address, "=?") != NULL;
}

/* Adds a mailbox unless its address is there already. */
static void add_reply(GPtrArray *mailboxes, GHashTable *keys, const char *name,
                      const char *address)
{
    if (mailboxes->len < REPLY_TO_MAX && !reads_as_encoded(address) &&
        g_hash_table_add(keys, address_key(address)))
        g_ptr_array_add(mailboxes, encode_mailbox(name, address));
}

/* Reply-To reaches the author, wherever he asks to be answered, and the audience. Addresses of
 * the list's own that an author put there would send replies elsewhere than they say. */
static bool set_reply_to(const RewritePost *post, Head *head, GError **err)
{
    const Mailbox *author = author_of(post->message);
    bool is_forward = post->route == ROUTE_OWNER;
    if (author == NULL)
        return true;

    g_autoptr(GPtrArray) mailboxes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    add_reply(mailboxes, keys, author_name(post, author), author->address);
    if (!is_forward) {
        g_autofree char *name = audience_name(post);
        g_autofree char *address = audience_address(post);
        add_reply(mailboxes, keys, name, address);
    }
    for (guint i = 0; i < post->message->reply_to->len; i++) {
        const Mailbox *other = post->message->reply_to->pdata[i];
        g_auto(Route) route = { ROUTE_NONE, NULL };
        if (other->address != NULL)
            route = route_of(post->config->list, other->address);
        if (other->address != NULL && route.kind == ROUTE_NONE)
            add_reply(mailboxes, keys, other->name, other->address);
    }
    if (mailboxes->len == 0)
        return true;
    g_ptr_array_add(mailboxes, NULL);
    g_autofree char *value = g_strjoinv(", ", (char **) mailboxes->pdata);
    return head_set(head, "Reply-To", value, HEAD_UTF8, err);
}

/* "[TLD-OPS]", "[TLD-OPS committee]", "[TLD-OPS .ca]"; "" if there is none. Readers must see at
 * a glance how far a post went. */
static char *prefix_of(const Config *config, RouteKind route, const char *detail)
{
    const char *prefix = config->subject_prefix;
    if (prefix == NULL || route == ROUTE_OWNER)
        return g_strdup("");
    bool has_label = route == ROUTE_COMMITTEE || route == ROUTE_TLD;
    if (prefix[0] == '\0' || !has_label)
        return g_strdup(prefix);
    g_autofree char *u_label = route == ROUTE_TLD ? domain_display(detail) : NULL;
    g_autofree char *label = u_label != NULL ? g_strconcat(".", u_label, NULL)
                                             : g_strdup("committee");
    size_t size = strlen(prefix);
    if (prefix[size - 1] != ']')
        return g_strdup_printf("%s %s", prefix, label);
    return g_strdup_printf("%.*s %s]", (int) size - 1, prefix, label);
}

/* Where a prefix stands in a subject, in whatever case; NULL if nowhere. */
static const char *find_prefix(const char *subject, const char *prefix)
{
    size_t size = strlen(prefix);
    for (const char *p = subject; *p != '\0'; p++) {
        if (g_ascii_strncasecmp(p, prefix, size) == 0)
            return p;
    }
    return NULL;
}

/* Leaves the first one; the space behind each other one goes with it. */
static char *drop_repeated(const char *subject, const char *prefix)
{
    size_t size = strlen(prefix);
    GString *out = g_string_new(subject);
    const char *first = find_prefix(out->str, prefix);
    if (first == NULL)
        return g_string_free(out, FALSE);

    size_t from = (size_t) (first - out->str) + size;
    for (const char *next = find_prefix(out->str + from, prefix); next != NULL;
         next = find_prefix(out->str + from, prefix)) {
        size_t at = (size_t) (next - out->str);
        size_t spaces = strspn(next + size, " ");
        g_string_erase(out, (gssize) at, (gssize) (size + spaces));
    }
    return g_string_free(out, FALSE);
}

char *rewrite_subject(const Config *config, RouteKind route, const char *detail,
                      const char *subject)
{
    const char *text = subject != NULL && subject[0] != '\0' ? subject : "(no subject)";
    g_autofree char *prefix = prefix_of(config, route, detail);
    if (prefix[0] == '\0')
        return g_strdup(text);
    if (find_prefix(text, prefix) == NULL)
        return g_strdup_printf("%s %s", prefix, text);
    return drop_repeated(text, prefix);
}

/* The author's bytes stay where they are plain, encoded words among them: they say the same to
 * every reader, and what is decoded and encoded again may lose what we cannot decode. */
static char *subject_value(const char *raw, const char *subject, const char *wanted)
{
    if (raw != NULL && g_str_has_suffix(wanted, subject)) {
        g_autofree char *added = g_strndup(wanted, strlen(wanted) - strlen(subject));
        if (g_str_is_ascii(added))
            return g_strconcat(added, raw, NULL);
    }
    return encode_text(wanted);
}

static bool set_subject(const RewritePost *post, Head *head, GError **err)
{
    const char *subject = post->message->subject;
    g_autofree char *wanted = rewrite_subject(post->config, post->route, post->detail, subject);
    g_autofree char *raw = head_get(head, "Subject", 0);
    bool is_plain = subject != NULL && subject[0] != '\0' && raw != NULL &&
                    fields_is_plain(raw) && head_count(head, "Subject") == 1;

    if (is_plain && g_str_equal(wanted, subject))
        return true;
    g_autofree char *value = subject_value(is_plain ? raw : NULL, subject, wanted);
    return head_set(head, "Subject", value, HEAD_ASCII, err);
}

/* What must be in a mail and may be missing in a post. */
static bool add_missing(const RewritePost *post, Head *head, GError **err)
{
    if (head_count(head, "Date") == 0) {
        g_autofree char *date = compose_date(post->now);
        if (!head_append(head, "Date", date, HEAD_ASCII, err))
            return false;
    }
    if (post->message->message_id == NULL || head_count(head, "Message-ID") == 0) {
        g_autofree char *id = g_strdup_printf(
            "<muster.%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT "@%s>", post->id, post->now,
            address_domain(post->config->list));
        if (!head_set(head, "Message-ID", id, HEAD_ASCII, err))
            return false;
    }
    if (head_count(head, "To") > 0 || head_count(head, "Cc") > 0)
        return true;
    g_autofree char *name = audience_name(post);
    g_autofree char *address = audience_address(post);
    g_autofree char *to = encode_mailbox(name, address);
    return head_append(head, "To", to, HEAD_UTF8, err);
}

static bool add_mailto(Head *head, const char *field, const char *address, const char *subject,
                       GError **err)
{
    /* RFC 6068 section 2: what could end the address or start a header is escaped. */
    g_autofree char *escaped = g_uri_escape_string(address, "@+", FALSE);
    g_autofree char *value = g_strdup_printf("<mailto:%s%s%s>", escaped,
                                             subject != NULL ? "?subject=" : "",
                                             subject != NULL ? subject : "");
    return head_append(head, field, value, HEAD_ASCII, err);
}

/* RFC 2919, 2369 and 5064. Leaving is a request to the secretariat: an address on a vetted
 * list is not taken off by a click, least of all by that of a link scanner, so there is no
 * List-Unsubscribe-Post (RFC 8058). */
static bool add_list_fields(const RewritePost *post, Head *head, GError **err)
{
    const Config *config = post->config;
    g_autofree char *id = rewrite_list_id(config, post->route, post->detail);
    g_autofree char *name = audience_name(post);
    g_autofree char *phrase = encode_phrase(name);
    g_autofree char *list_id = g_strdup_printf("%s <%s>", phrase, id);
    g_autofree char *address = audience_address(post);
    g_autofree char *owner = address_with_detail(config->list, "-owner");
    g_autofree char *request = address_with_detail(config->list, "-request");

    return head_append(head, "List-Id", list_id, HEAD_ASCII, err) &&
           add_mailto(head, "List-Post", address, NULL, err) &&
           add_mailto(head, "List-Help", request, "help", err) &&
           add_mailto(head, "List-Owner", owner, NULL, err) &&
           add_mailto(head, "List-Unsubscribe", request, "leave", err) &&
           head_append(head, "Precedence", "list", HEAD_ASCII, err);
}

static bool add_archive(const RewritePost *post, Head *head, GError **err)
{
    const char *url = post->config->web_url;
    if (url == NULL)
        return true;
    g_autofree char *archive = g_strdup_printf("<%s>", url);
    g_autofree char *here = g_strdup_printf("<%smessage/%" G_GINT64_FORMAT ">", url, post->id);
    return head_append(head, "List-Archive", archive, HEAD_ASCII, err) &&
           head_append(head, "Archived-At", here, HEAD_ASCII, err);
}

static bool add_recognised(const RewritePost *post, Head *head, GError **err)
{
    if (post->recognised == NULL)
        return true;
    g_autofree char *value = encode_text(post->recognised);
    return head_append(head, "X-Muster-Sender", value, HEAD_ASCII, err);
}

static bool set_sender(const RewritePost *post, Head *head, GError **err)
{
    g_autofree char *owner = address_with_detail(post->config->list, "-owner");
    return head_set(head, "Sender", owner, HEAD_UTF8, err);
}

bool rewrite_post(const RewritePost *post, Head *head, GError **err)
{
    const Mailbox *author = author_of(post->message);
    if (author == NULL)
        return err_set(err, ERR_INVALID, "it has no author");
    if (reads_as_encoded(author->address))
        return err_set(err, ERR_INVALID, "the author's address reads as encoded text");

    return fields_clean(head, post->is_utf8, err) && set_from(post, head, err) &&
           set_sender(post, head, err) && set_reply_to(post, head, err) &&
           set_subject(post, head, err) && add_missing(post, head, err) &&
           add_list_fields(post, head, err) && add_archive(post, head, err) &&
           add_recognised(post, head, err);
}

bool rewrite_forward(const RewritePost *post, Head *head, GError **err)
{
    g_autofree char *owner = address_with_detail(post->config->list, "-owner");
    return fields_clean(head, post->is_utf8, err) && set_from(post, head, err) &&
           set_reply_to(post, head, err) && set_subject(post, head, err) &&
           add_missing(post, head, err) &&
           head_append(head, LOOP_FIELD, owner, HEAD_UTF8, err) &&
           add_recognised(post, head, err);
}
