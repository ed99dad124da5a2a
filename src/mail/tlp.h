/* Traffic Light Protocol 2.0 (FIRST): how far a message may travel, read from its subject. */
#pragma once

/* In the order of strictness. */
typedef enum {
    TLP_NONE, /* no label */
    TLP_CLEAR,
    TLP_GREEN,
    TLP_AMBER,
    TLP_AMBER_STRICT,
    TLP_RED,
} TlpLabel;

/* What the reader of a subject should be told. */
typedef enum {
    TLP_FINE,    /* one label, or none */
    TLP_SEVERAL, /* different labels: the strictest counts */
    TLP_INVALID, /* something that looks like a label is none of TLP 2.0 ("TLP:WHITE",
                  * "TLP: RED"): the strictest of the valid ones counts, if there is one */
} TlpNotice;

/* "TLP:AMBER+STRICT"; NULL for TLP_NONE. */
const char *tlp_name(TlpLabel label);

/* Reads the labels in a subject (UTF-8), in any case, in brackets or not, and sets *ret_label.
 * A label stands for itself: "XTLP:RED" is no label, "TLP:REDS" not a valid one. "TLP:AMBER
 * STRICT" is not valid either, but whoever writes it does not mean AMBER: it counts as
 * TLP_AMBER_STRICT. */
TlpNotice tlp_read(const char *subject, TlpLabel *ret_label);
