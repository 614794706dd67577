/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of sets are v.VENDOR.SET.ipv4 and v.VENDOR.SERVICE.udp: ids have no dot, so that none is another one, and the
 * letter in front lets an id begin with a digit.
 */
#include "compile/nft.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/words.h"
#include "profile/write.h"
#include "profile/write_profile.h"

#define COMMENT_MAX 128 /* of nft, with its NUL */

static const uint8_t families[] = { 4, 6 };

static bool set_has(const struct range_set *set, uint8_t family)
{
	for (size_t i = 0; i < set->range_count; i++)
		if (set->ranges[i].prefix.addr.family == family)
			return true;
	return false;
}

static bool is_every_port(const struct port_set *set)
{
	return port_set_size(set) == 65536;
}

/* ---- sets ------------------------------------------------------------------------------------------------------ */

static void begin_set(FILE *out, const char *vendor, const char *id, const char *kind, const char *type)
{
	fprintf(out, "\tset v.%s.%s.%s {\n\t\ttype %s\n\t\tflags interval\n\t\tauto-merge\n\t\telements = {", vendor,
		id, kind, type);
}

static void end_set(FILE *out)
{
	fputs("\n\t\t}\n\t}\n", out);
}

static int write_range_set(FILE *out, const struct vendor *vendor, const struct range_set *set, uint8_t family)
{
	size_t count = 0, written = 0;
	CLEANUP_FREE const struct range **sorted = ranges_sorted(set, &count);
	char prefix[PREFIX_TEXT_MAX];

	if (!sorted)
		return -ENOMEM;
	begin_set(out, vendor->id, set->id, family == 4 ? "ipv4" : "ipv6", family == 4 ? "ipv4_addr" : "ipv6_addr");
	for (size_t i = 0; i < count; i++) {
		if (sorted[i]->prefix.addr.family != family)
			continue;
		prefix_format(&sorted[i]->prefix, prefix);
		fprintf(out, "%s\n\t\t\t%s", written++ ? "," : "", prefix);
	}
	end_set(out);
	return 0;
}

static void write_port_set(FILE *out, const struct vendor *vendor, const struct service *service, const char *kind,
			   const struct port_set *set)
{
	if (!set->count || is_every_port(set))
		return;
	begin_set(out, vendor->id, service->id, kind, "inet_service");
	for (size_t i = 0; i < set->count; i++) {
		const struct port_span *span = &set->spans[i];

		fprintf(out, span->first == span->last ? "%s\n\t\t\t%u" : "%s\n\t\t\t%u-%u", i ? "," : "", span->first,
			span->last);
	}
	end_set(out);
}

static int write_sets(FILE *out, const struct vendor *vendor)
{
	for (size_t r = 0; r < vendor->range_set_count; r++)
		for (size_t f = 0; f < ARRAY_SIZE(families); f++)
			if (set_has(vendor->range_sets[r], families[f]) &&
			    write_range_set(out, vendor, vendor->range_sets[r], families[f]))
				return -ENOMEM;
	for (size_t s = 0; s < vendor->service_count; s++) {
		const struct service *service = &vendor->services[s];

		if (service->unseen)
			continue;
		for (enum vx_transport t = 0; t < _VX_TRANSPORT_MAX; t++)
			write_port_set(out, vendor, service, transport_word(t), &service->remote_ports[t]);
		write_port_set(out, vendor, service, "local", &service->local_ports);
	}
	return 0;
}

/* ---- rules ----------------------------------------------------------------------------------------------------- */

/* What is fixed of a rule; @family 0: any address. */
struct rule {
	const struct vendor *vendor;
	const struct service *service;
	const struct range_set *set;
	uint8_t family;
	enum vx_transport transport;
	bool in;
};

/* `udp sport @v.acme.media.udp` where the ports are not all. */
static bool write_ports_match(FILE *out, const struct rule *rule, const struct port_set *set, const char *kind,
			      bool source)
{
	if (is_every_port(set))
		return false;
	fprintf(out, "%s %s @v.%s.%s.%s ", transport_word(rule->transport), source ? "sport" : "dport",
		rule->vendor->id, rule->service->id, kind);
	return true;
}

static void write_rule(FILE *out, const struct rule *rule)
{
	const struct service *service = rule->service;
	char comment[COMMENT_MAX];
	bool told;

	fputs("\t\t", out);
	if (rule->set)
		fprintf(out, "%s %s @v.%s.%s.ipv%u ", rule->family == 4 ? "ip" : "ip6", rule->in ? "saddr" : "daddr",
			rule->vendor->id, rule->set->id, rule->family);
	told = write_ports_match(out, rule, &service->remote_ports[rule->transport], transport_word(rule->transport),
				 rule->in);
	told |= write_ports_match(out, rule, &service->local_ports, "local", !rule->in);
	if (!told)
		fprintf(out, "meta l4proto %s ", transport_word(rule->transport));
	(void)snprintf(comment, sizeof(comment), "%s/%s %s", rule->vendor->id, service->id, rule->in ? "in" : "out");
	fprintf(out, "counter comment \"%s\"\n", comment);
}

static void write_directions(FILE *out, struct rule rule)
{
	for (rule.transport = 0; rule.transport < _VX_TRANSPORT_MAX; rule.transport++)
		for (int i = 0; i < 2 && rule.service->remote_ports[rule.transport].count; i++) {
			rule.in = i == 0;
			write_rule(out, &rule);
		}
}

/* A service without rules is said to be one, with what it waits for. */
static int write_absence(FILE *out, const struct vendor *vendor, const struct service *service)
{
	CLEANUP(text_list_fini) struct text_list list = {};
	CLEANUP_FREE char *text = NULL;

	for (size_t i = 0; i < service->remote_count; i++)
		text_list_add(&list, "%s", service->remotes[i]->id);
	for (size_t s = 0; s < service->host_set_count; s++)
		for (size_t h = 0; h < service->host_sets[s]->host_count; h++)
			write_host(&list, &service->host_sets[s]->hosts[h]);
	text = text_list_join(&list, " ");
	if (!text)
		return -ENOMEM;
	if (service->unseen)
		fprintf(out, "\t\t# %s/%s: no packet shows it\n", vendor->id, service->id);
	else
		fprintf(out, "\t\t# %s/%s: no addresses yet of %s\n", vendor->id, service->id, text);
	return 0;
}

static int write_rules(FILE *out, const struct vendor *vendor, const struct service *service)
{
	bool written = service->remote_any;

	if (service->remote_any)
		write_directions(out, (struct rule){ .vendor = vendor, .service = service });
	for (size_t r = 0; r < service->remote_count; r++)
		for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
			if (!set_has(service->remotes[r], families[f]))
				continue;
			written = true;
			write_directions(out, (struct rule){ .vendor = vendor,
							     .service = service,
							     .set = service->remotes[r],
							     .family = families[f] });
		}
	return written ? 0 : write_absence(out, vendor, service);
}

int nft_write(FILE *out, const struct vendor *const *vendors, size_t count)
{
	fputs("table inet voxdp {\n", out);
	for (size_t v = 0; v < count; v++)
		if (write_sets(out, vendors[v]))
			return -ENOMEM;
	fputs("\n\tchain guides {\n\t\ttype filter hook forward priority filter; policy accept;\n\n", out);
	for (size_t v = 0; v < count; v++)
		for (size_t s = 0; s < vendors[v]->service_count; s++)
			if (write_rules(out, vendors[v], &vendors[v]->services[s]))
				return -ENOMEM;
	fputs("\t}\n}\n", out);
	return 0;
}
