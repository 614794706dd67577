/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 by the examples of FIPS 180-2, appendix B. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/digest.h"

static void digests_are_those_of_the_standard(void **state)
{
	static const struct {
		const char *bytes, *hex;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t digest[DIGEST_BYTES];
		char hex[2 * DIGEST_BYTES + 1];

		assert_int_equal(digest_sha256(rows[i].bytes, strlen(rows[i].bytes), digest), 0);
		for (size_t j = 0; j < DIGEST_BYTES; j++)
			(void)sprintf(hex + 2 * j, "%02x", digest[j]);
		assert_string_equal(hex, rows[i].hex);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
