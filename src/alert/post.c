#include "alert/post.h"

#include <string.h>

#include "queue/outbox.h"
#include "store/journal.h"

/* The head of the copies and the body as it came, byte for byte. */
static GBytes *join(const InboxItem *item, const Assessment *assessment)
{
    size_t head_size = 0;
    size_t mail_size = 0;
    const char *head = g_bytes_get_data(assessment->head, &head_size);
    const char *mail = g_bytes_get_data(item->data, &mail_size);
    size_t body_size = mail_size - assessment->body_offset;

    GByteArray *copy = g_byte_array_sized_new((guint) (head_size + body_size + 2));
    g_byte_array_append(copy, (const guint8 *) head, (guint) head_size);
    g_byte_array_append(copy, (const guint8 *) mail + assessment->body_offset,
                        (guint) body_size);
    bool has_end = body_size == 0 ||
                   (body_size >= 2 && memcmp(mail + mail_size - 2, "\r\n", 2) == 0);
    if (!has_end)
        g_byte_array_append(copy, (const guint8 *) "\r\n", 2);
    return g_byte_array_free_to_bytes(copy);
}

static bool has_8bit(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char) bytes[i] > 127)
            return true;
    }
    return false;
}

static bool has_8bit_body(const InboxItem *item, const Assessment *assessment)
{
    size_t size = 0;
    const char *mail = g_bytes_get_data(item->data, &size);
    return has_8bit(mail + assessment->body_offset, size - assessment->body_offset);
}

/* The message that goes out. It borrows copy, which is to be unreferenced, and the rest. */
static OutboxMessage make_copy(const InboxItem *item, const Message *message,
                               const Assessment *assessment, OutboxKind kind, GBytes *copy)
{
    size_t head_size = 0;
    const char *head = g_bytes_get_data(assessment->head, &head_size);
    return (OutboxMessage){
        .kind = kind,
        .bounces = true,
        .is_utf8 = has_8bit(head, head_size),
        .is_8bit = has_8bit_body(item, assessment),
        .subject = message->subject,
        .data = copy,
    };
}

/* Who let it out: the secretariat, or the member whose post it is. */
static char *actor_of(const InboxItem *item, const Assessment *assessment)
{
    bool is_by_author = item->decided_by == NULL ||
                        g_str_equal(item->decided_by, POLICY_BY_AUTHOR);
    if (!is_by_author)
        return g_strdup(item->decided_by);
    return g_strdup_printf("mail:person %" G_GINT64_FORMAT, assessment->sender->person_id);
}

static bool note_post(const Work *work, const InboxItem *item, const Assessment *assessment,
                      const char *audience, int64_t copies, GError **err)
{
    g_autofree char *actor = actor_of(item, assessment);
    g_autofree char *details = g_strdup_printf(
        "message %" G_GINT64_FORMAT " to %s, %" G_GINT64_FORMAT " copies, evidence: %s",
        item->id, audience, copies, assessment->proof != NULL ? assessment->proof : "none");
    const JournalValue values[] = { { "sender", assessment->author->address } };
    const JournalEntry entry = {
        .actor = actor,
        .action = "post.accept",
        .tld = item->route == ROUTE_TLD ? item->detail : NULL,
        .person_id = assessment->sender != NULL ? assessment->sender->person_id : 0,
        .details = details,
        .values = values,
        .n_values = G_N_ELEMENTS(values),
    };
    return journal_add(work->db, &entry, work->now, err);
}

bool post_send(const Work *work, const InboxItem *item, const Message *message,
               const Assessment *assessment, GError **err)
{
    g_autofree char *audience = audience_format(&assessment->audience);
    g_autoptr(GBytes) copy = join(item, assessment);
    const OutboxMessage out = make_copy(item, message, assessment, OUTBOX_POST, copy);
    const Recognised *sender = assessment->sender;
    OutboxAdded added = { 0, 0 };
    return audience_send(work->db, &assessment->audience, &out, work->now, &added, err) &&
           db_run(work->db,
                  "INSERT INTO post (inbox_id, message_id, audience, person_id, tlp, posted_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6)",
                  DB_ARGS(db_int(item->id), db_int(added.message_id), db_text(audience),
                          sender != NULL ? db_int(sender->person_id) : db_null(),
                          db_text(tlp_name(assessment->tlp)), db_int(work->now)),
                  NULL, err) &&
           note_post(work, item, assessment, audience, added.copies, err);
}

bool post_forward(const Work *work, const InboxItem *item, const Message *message,
                  const Assessment *assessment, GError **err)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    g_autoptr(GBytes) copy = join(item, assessment);
    const OutboxMessage out = make_copy(item, message, assessment, OUTBOX_FORWARD, copy);
    int64_t message_id = 0;
    g_ptr_array_add(addresses, work->config->secretariat_address);
    return outbox_add(work->db, &out, addresses, work->now, &message_id, err);
}

static bool use_up(const Work *work, int64_t confirmation_id, GError **err)
{
    return db_run(work->db, "UPDATE confirmation SET used_at = $2 WHERE id = $1",
                  DB_ARGS(db_int(confirmation_id), db_int(work->now)), NULL, err);
}

static bool let_go_or_drop(const Work *work, const Assessment *assessment, bool is_yes,
                           GError **err)
{
    if (is_yes)
        return inbox_reopen(work->db, assessment->held_id, POLICY_BY_AUTHOR,
                            POLICY_EVIDENCE_ANSWER, "confirmed by its author", work->now, err);
    const InboxDecision decision = {
        .state = INBOX_DROPPED,
        .reason = "the owner of the address in From answered that it is not to go out",
        .decided_by = POLICY_BY_AUTHOR,
    };
    return inbox_decide(work->db, assessment->held_id, &decision, work->now, err);
}

bool post_settle(const Work *work, const InboxItem *item, const Assessment *assessment,
                 GError **err)
{
    bool is_yes = assessment->says == ANSWER_YES;
    g_autoptr(InboxItem) held = NULL;
    if (!inbox_get(work->db, assessment->held_id, &held, err) ||
        !use_up(work, assessment->confirmation_id, err) ||
        !let_go_or_drop(work, assessment, is_yes, err))
        return false;

    g_autofree char *actor = g_strdup_printf("mail:person %" G_GINT64_FORMAT, held->person_id);
    g_autofree char *details = g_strdup_printf(
        "message %" G_GINT64_FORMAT ", by message %" G_GINT64_FORMAT, held->id, item->id);
    const JournalEntry entry = {
        .actor = actor,
        .action = is_yes ? "post.confirm" : "post.disown",
        .person_id = held->person_id,
        .details = details,
    };
    return journal_add(work->db, &entry, work->now, err);
}
