#include "directory/region.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

const Region REGION_TABLE[REGIONS] = {
    { "AF", "Africa" },        { "AP", "Asia, Australia and the Pacific" },
    { "EU", "Europe" },        { "LAC", "Latin America and the Caribbean" },
    { "NA", "North America" },
};

bool region_parse(const char *text, const Region **ret_region, GError **err)
{
    const char *code = g_ascii_strcasecmp(text, "EUR") == 0 ? "EU" : text;

    for (size_t i = 0; i < REGIONS; i++) {
        if (g_ascii_strcasecmp(code, REGION_TABLE[i].code) == 0) {
            *ret_region = &REGION_TABLE[i];
            return true;
        }
    }
    g_autofree char *shown = text_printable_max(text, strlen(text), 40);
    return err_set(err, ERR_INVALID, "\"%s\" is no region: want AF, AP, EU, LAC or NA", shown);
}
