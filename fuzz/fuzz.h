/* What a fuzzer defines: libFuzzer calls it with made-up inputs, corpus.c with stored ones. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* States a law about data and aborts where it does not hold. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
