/* GMime 3.2.13 loses some bytes over broken groups of addresses. In the parser child they go
 * with the process; here the sanitizer must not take them for ours. To be included once, by
 * fuzzers that read mail. */
#pragma once

const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
