/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords: right, wrong, and too many wrong ones. The hashes are of cost 4, which takes about a millisecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "serve/auth.h"

/* By crypt(5), of "correct horse" and "battery staple". */
static const struct web_user users[] = {
	{ "alice", "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
	{ "bob", "$2b$04$ABCDEFGHIJKLMNOPQRSTUOxSp6BGP1YMaB8yYtlMxEGqUVNp9wtu2" },
};

static struct auth *auth_of(void)
{
	struct auth *auth = NULL;

	assert_int_equal(auth_new(users, ARRAY_SIZE(users), &auth), 0);
	return auth;
}

/* A wrong one keeps the next check waiting for some milliseconds. */
static enum auth_result check_patiently(struct auth *auth, const char *name, const char *password)
{
	enum auth_result result;

	do
		result = auth_check(auth, name, password);
	while (result == AUTH_BUSY);
	return result;
}

static void each_user_has_his_own_password(void **state)
{
	CLEANUP(auth_freep) struct auth *auth = auth_of();

	(void)state;
	assert_int_equal(check_patiently(auth, "alice", "correct horse"), AUTH_RIGHT);
	assert_int_equal(check_patiently(auth, "bob", "battery staple"), AUTH_RIGHT);
	assert_int_equal(check_patiently(auth, "alice", "battery staple"), AUTH_WRONG);
	assert_int_equal(check_patiently(auth, "bob", "correct horse"), AUTH_WRONG);
	assert_int_equal(check_patiently(auth, "alice", ""), AUTH_WRONG);
	assert_int_equal(check_patiently(auth, "", "correct horse"), AUTH_WRONG);
	assert_int_equal(check_patiently(auth, "carol", "correct horse"), AUTH_WRONG);
}

static void what_was_right_once_is_known_even_where_others_have_to_wait(void **state)
{
	CLEANUP(auth_freep) struct auth *auth = auth_of();

	(void)state;
	assert_int_equal(check_patiently(auth, "alice", "correct horse"), AUTH_RIGHT);
	assert_int_equal(auth_check(auth, "alice", "wrong"), AUTH_WRONG);
	/* At once after a wrong one: nobody's password is looked at, but alice's is known. */
	assert_int_equal(auth_check(auth, "bob", "battery staple"), AUTH_BUSY);
	assert_int_equal(auth_check(auth, "alice", "correct horse"), AUTH_RIGHT);
	assert_int_equal(check_patiently(auth, "bob", "battery staple"), AUTH_RIGHT);
}

static void what_is_known_of_one_user_lets_no_other_in(void **state)
{
	CLEANUP(auth_freep) struct auth *auth = auth_of();

	(void)state;
	assert_int_equal(check_patiently(auth, "alice", "correct horse"), AUTH_RIGHT);
	assert_int_equal(check_patiently(auth, "bob", "correct horse"), AUTH_WRONG);
	assert_int_equal(check_patiently(auth, "carol", "correct horse"), AUTH_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_user_has_his_own_password),
		cmocka_unit_test(what_was_right_once_is_known_even_where_others_have_to_wait),
		cmocka_unit_test(what_is_known_of_one_user_lets_no_other_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
