/* SPDX-License-Identifier: BSD-2-Clause */
/* What is worth knowing of a profile that has no errors. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/day.h"
#include "profile/vendor.h"

#define BIT(name) (1U << VX_PROTOCOL_##name)

uint16_t service_proves(const struct service *service)
{
	/* What only a call carries, wherever it is seen. */
	unsigned proves = VX_MEDIA;

	if (service->accepts & BIT(RTP))
		proves |= BIT(DTLS);
	return (uint16_t)(proves & service->accepts);
}

/* Could a packet on these addresses be the service's, were there any? */
static bool claim_suffices(const struct service *service, enum vx_claim claim)
{
	return claim == VX_CLAIM_OWN || claim == VX_CLAIM_NAMED || service_proves(service);
}

bool service_is_idle(const struct service *service)
{
	if (service->unseen || (service->remote_any && claim_suffices(service, VX_CLAIM_ANY)))
		return false;
	for (size_t i = 0; i < service->remote_count; i++)
		if (service->remotes[i]->range_count && claim_suffices(service, service->remotes[i]->claim))
			return false;
	return true;
}

/* Adds to a list of reasons; what does not fit is cut. */
static void why_add(char *why, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void why_add(char *why, size_t room, const char *format, ...)
{
	size_t used = strlen(why);
	va_list args;

	if (used && used + 3 < room)
		used += (size_t)sprintf(why + used, "; ");
	va_start(args, format);
	(void)vsnprintf(why + used, room - used, format, args);
	va_end(args);
}

/* Why a range set does not help. */
static void set_reason(const struct service *service, const struct range_set *set, const char *day, char *why,
		       size_t room)
{
	if (!claim_suffices(service, set->claim))
		why_add(why, room, "%s is shared with others, and none of its payloads proves itself there", set->id);
	else if (set->site_group && !set->defined)
		why_add(why, room, "the site file does not define the group %s", set->id);
	else if (!set->defined)
		why_add(why, room, "the list file of %s is not there", set->id);
	else
		why_add(why, room, "no range of %s holds on %s", set->id, day);
}

static void idle_remark(struct diags *diags, const struct service *service, const char *day)
{
	char why[512] = "";

	for (size_t i = 0; i < service->remote_count; i++)
		set_reason(service, service->remotes[i], day, why, sizeof(why));
	if (service->remote_any)
		why_add(why, sizeof(why), "no payload of it proves itself, and its remote is everywhere");
	if (service->host_set_count)
		why_add(why, sizeof(why), "the addresses of its names are not known");
	diag_add(diags, SEVERITY_NOTE, service->at, "service %s is idle: %s", service->id, why);
}

static bool set_is_used(const struct vendor *vendor, const struct range_set *set)
{
	for (size_t i = 0; i < vendor->service_count; i++)
		for (size_t j = 0; j < vendor->services[i].remote_count; j++)
			if (vendor->services[i].remotes[j] == set)
				return true;
	return false;
}

void vendor_remarks(struct diags *diags, const struct vendor *vendor, int32_t day)
{
	char day_text[DAY_TEXT_MAX];

	day_format(day, day_text);
	for (size_t i = 0; i < vendor->service_count; i++)
		if (service_is_idle(&vendor->services[i]))
			idle_remark(diags, &vendor->services[i], day_text);
	for (size_t i = 0; i < vendor->range_set_count; i++)
		if (!set_is_used(vendor, vendor->range_sets[i]))
			diag_add(diags, SEVERITY_WARNING, vendor->range_sets[i]->at, "%s %s is used by no service",
				 vendor->range_sets[i]->site_group ? "site group" : "range set",
				 vendor->range_sets[i]->id);
}
