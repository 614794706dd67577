/* SPDX-License-Identifier: BSD-2-Clause */
/* libmicrohttpd has set up the session, and in it the authorities that are trusted; the rest is GnuTLS. */
#include "serve/client_cert.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* Called in the handshake, also where the client has given none; anything but 0 ends it. */
static int verify(gnutls_session_t session)
{
	gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
					  .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT };
	unsigned count = 0, status = 0;

	/* Who has to give one and does not is refused by GnuTLS. */
	if (!gnutls_certificate_get_peers(session, &count) || !count)
		return 0;
	if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0 || status)
		return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
	return 0;
}

int client_cert_ask(struct MHD_Connection *connection, enum client_auth auth)
{
	static const struct {
		gnutls_certificate_request_t request;
		gnutls_certificate_verify_function *verify;
	} ways[] = {
		[CLIENT_AUTH_NONE] = { GNUTLS_CERT_IGNORE, NULL },
		[CLIENT_AUTH_REQUEST] = { GNUTLS_CERT_REQUEST, NULL },
		[CLIENT_AUTH_REQUIRE_ANY] = { GNUTLS_CERT_REQUIRE, NULL },
		[CLIENT_AUTH_VERIFY_IF_GIVEN] = { GNUTLS_CERT_REQUEST, verify },
		[CLIENT_AUTH_REQUIRE_AND_VERIFY] = { GNUTLS_CERT_REQUIRE, verify },
	};
	const union MHD_ConnectionInfo *info;
	gnutls_session_t session;

	if (auth == CLIENT_AUTH_NONE)
		return 0;
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (!info || !info->tls_session)
		return -EIO;
	session = info->tls_session;
	gnutls_certificate_server_set_request(session, ways[auth].request);
	if (ways[auth].verify)
		gnutls_session_set_verify_function(session, ways[auth].verify);
	return 0;
}
