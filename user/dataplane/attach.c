/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaches and detaches one program; the pins of voxdp are another file's. */
#include "dataplane/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "dataplane/kernel.h"
#include "lib/cleanup.h"

/* A program uses about a dozen maps; the array leaves room. */
#define PROGRAM_MAPS_MAX 64

static void xdp_program_closep(struct xdp_program **program)
{
	if (*program)
		xdp_program__close(*program);
}

static void xdp_multiprog_closep(struct xdp_multiprog **multiprog)
{
	if (*multiprog)
		xdp_multiprog__close(*multiprog);
}

uint32_t interface_prog_id(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	if (bpf_xdp_query((int)ifindex, 0, &query))
		return 0;
	if (query.drv_prog_id)
		return query.drv_prog_id;
	return query.skb_prog_id ? query.skb_prog_id : query.hw_prog_id;
}

bool interface_prog_is_skb(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	return bpf_xdp_query((int)ifindex, 0, &query) == 0 && query.skb_prog_id && !query.drv_prog_id;
}

/* In words why an interface took no program. */
static int failure_attach(const struct device_spec *device, enum vx_mode mode, int error, struct failure *failure)
{
	switch (error) {
	case EBUSY:
	case EEXIST:
		return failure_set(failure, VX_EXIT_FAILED, error,
				   "%s runs another XDP program (id %u) that does not share: take it off first",
				   device->ifname, interface_prog_id(device->ifindex));
	case EOPNOTSUPP:
		if (mode == VX_MODE_NATIVE)
			return failure_set(failure, VX_EXIT_UNSUPPORTED, error,
					   "%s has no native XDP: its driver lacks it (--mode skb works, slower)",
					   device->ifname);
		return failure_set(failure, VX_EXIT_UNSUPPORTED, error, "%s takes no XDP program", device->ifname);
	case EINVAL:
	case ERANGE:
	case E2BIG:
		return kernel_failure(
			failure, error,
			"%s refuses the program in %s mode (its MTU, LRO or its queues may be the reason)",
			device->ifname, mode == VX_MODE_NATIVE ? "native" : "skb");
	default:
		return kernel_failure(failure, error, "cannot attach to %s", device->ifname);
	}
}

int attach_link(const struct program *program, const struct device_spec *device, enum vx_mode mode, int *ret_link,
		struct failure *failure)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	int link;

	kernel_words_clear();
	opts.flags = mode == VX_MODE_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	link = bpf_link_create(program_fd(program), (int)device->ifindex, BPF_XDP, &opts);
	if (link < 0)
		return failure_attach(device, mode, errno, failure);
	*ret_link = link;
	return 0;
}

/* NULL: nothing is attached, or nothing of a dispatcher's kind. @ret_error (may be NULL) is 0 then, or why not. */
static struct xdp_multiprog *dispatcher_open(uint32_t ifindex, int *ret_error)
{
	struct xdp_multiprog *multiprog = xdp_multiprog__get_from_ifindex((int)ifindex);
	long error = libxdp_get_error(multiprog);

	kernel_words_clear();
	if (ret_error)
		*ret_error = error == -ENOENT ? 0 : (int)error;
	if (error || !multiprog)
		return NULL;
	if (xdp_multiprog__is_legacy(multiprog)) {
		xdp_multiprog__close(multiprog);
		return NULL;
	}
	return multiprog;
}

bool dispatcher_is(uint32_t ifindex)
{
	CLEANUP(xdp_multiprog_closep) struct xdp_multiprog *multiprog = dispatcher_open(ifindex, NULL);

	return multiprog != NULL;
}

int dispatcher_has(uint32_t ifindex, uint32_t prog_id)
{
	CLEANUP(xdp_multiprog_closep) struct xdp_multiprog *multiprog = NULL;
	struct xdp_program *program = NULL;
	int error = 0;

	multiprog = dispatcher_open(ifindex, &error);
	if (!multiprog)
		return error == -EPERM ? -EPERM : 0;
	while ((program = xdp_multiprog__next_prog(program, multiprog)))
		if (xdp_program__id(program) == prog_id)
			return 1;
	return 0;
}

static bool program_uses_map(int prog_fd, uint32_t map_id)
{
	uint32_t maps[PROGRAM_MAPS_MAX] = {};
	struct bpf_prog_info info = { .nr_map_ids = PROGRAM_MAPS_MAX, .map_ids = (uint64_t)(uintptr_t)maps };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &size))
		return false;
	for (uint32_t i = 0; i < info.nr_map_ids && i < PROGRAM_MAPS_MAX; i++)
		if (maps[i] == map_id)
			return true;
	return false;
}

int dispatcher_find(uint32_t ifindex, uint32_t map_id)
{
	CLEANUP(xdp_multiprog_closep) struct xdp_multiprog *multiprog = dispatcher_open(ifindex, NULL);
	struct xdp_program *program = NULL;

	while (multiprog && (program = xdp_multiprog__next_prog(program, multiprog))) {
		if (!program_uses_map(xdp_program__fd(program), map_id))
			continue;
		return fcntl(xdp_program__fd(program), F_DUPFD_CLOEXEC, 0);
	}
	return -ENOENT;
}

int detach_dispatcher(uint32_t ifindex, int prog_fd, struct failure *failure)
{
	CLEANUP(xdp_program_closep) struct xdp_program *program = NULL;
	int error;

	program = xdp_program__from_fd(prog_fd);
	error = (int)libxdp_get_error(program);
	if (error) {
		program = NULL;
		return kernel_failure(failure, -error, "cannot look at the program of interface %u", ifindex);
	}
	switch (dispatcher_has(ifindex, xdp_program__id(program))) {
	case 0:
		/* Where the interface is gone, libxdp's pins of its dispatcher are not. Nothing to clean is fine. */
		(void)libxdp_clean_references((int)ifindex);
		return 0;
	case -EPERM:
		return failure_set(failure, VX_EXIT_NOT_PERMITTED, EPERM,
				   "taking a program out of libxdp's dispatcher needs CAP_SYS_ADMIN");
	}
	kernel_words_clear();
	error = xdp_program__detach(program, (int)ifindex, XDP_MODE_UNSPEC, 0);
	if (error)
		return kernel_failure(failure, -error, "cannot take the program out of the dispatcher of interface %u",
				      ifindex);
	return 0;
}

int attach_dispatcher(struct program *program, const struct device_spec *device, enum vx_mode mode,
		      struct failure *failure)
{
	CLEANUP(xdp_program_closep) struct xdp_program *xdp = NULL;
	enum xdp_attach_mode xdp_mode = mode == VX_MODE_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB;
	int error;

	kernel_words_clear();
	xdp = xdp_program__from_bpf_obj(program_object(program), PROGRAM_SECTION);
	error = (int)libxdp_get_error(xdp);
	if (error) {
		xdp = NULL;
		return kernel_failure(failure, -error, "libxdp does not take the program");
	}
	error = xdp_program__attach(xdp, (int)device->ifindex, xdp_mode, 0);
	if (error && kernel_verifier_refused())
		return kernel_load_failure(failure, -error);
	if (error)
		return failure_attach(device, mode, -error, failure);
	if (dispatcher_has(device->ifindex, xdp_program__id(xdp)) == 1)
		return 0;
	/* "Falling back to loading single prog without dispatcher": no link, no pin, and others are locked out. */
	error = xdp_program__detach(xdp, (int)device->ifindex, xdp_mode, 0);
	return error ? kernel_failure(failure, -error, "cannot detach from %s again", device->ifname) : 1;
}
