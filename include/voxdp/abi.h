/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the BPF program and user space share: the shape of every map. All fields are host byte order unless their type
 * says __be. User space writes tables and control, the program writes counters; never both in one map.
 *
 * The lookup tables of a generation lie one behind the other in one half of the only value of vx_tables: one half is live,
 * one is free. A generation is staged in the free half and becomes live by one store to active_half. Where each
 * table begins follows from the capacity (struct vx_layout), which is a constant of the loaded program: so a look-up is an
 * addition, a comparison with a constant and a load, and never leaves it.
 *
 * How one end of a packet is judged, with (address, transport, remote port, local port, evidence, dscp, direction):
 *
 *   address  -> LPM trie or ranges -> class number (no entry: VX_CLASS_NOBODY)
 *   class    -> classes            -> struct vx_port_view of the transport
 *   remote   -> view.remote_page   -> an entry, see struct vx_port_page: mostly the number of a row, and that is all
 *   row      =  the entry; if VX_ENTRY_CELL is set: cells[view.cells + (rest of it) * view.local_classes + local class];
 *               if VX_ENTRY_BY_DSCP is set then: (rest of it) + dscp_class[direction][dscp]
 *   answer   =  answer_rows[row].by_evidence[evidence]
 *
 * Most packets need none of this: shortcuts[class] tells for each transport and evidence the whole verdict of the ports
 * that most of its packets have (struct vx_shortcut).
 */
#ifndef VOXDP_ABI_H
#define VOXDP_ABI_H

#include <linux/types.h>
#include <voxdp/names.h>

#define VX_LAYOUT_VERSION 5
#define VX_HALVES 2

#define VX_CLASS_NOBODY 0 /* addresses in no vendor's range; `any` services are candidates here too */
#define VX_ROW_NONE 0	  /* the answer row of "no candidate": all zero */

/* ---- lookup tables --------------------------------------------------------------------------------------------- */

/* Keys of the LPM tries vx_lpm4 and vx_lpm6; the value is a class number, __u32. prefixlen counts bits of addr. */
struct vx_lpm4_key {
	__u32 prefixlen;
	__be32 addr;
};

struct vx_lpm6_key {
	__u32 prefixlen;
	__be32 addr[4];
};

/*
 * Engine `direct` answers the same question from static arrays. The first 16 bits of an address index root4 or root6;
 * behind an entry lie sorted ranges, of which the last one that does not start behind the address holds it.
 */
#define VX_ROOTS 65536

/*
 * A /16 of IPv4: its ranges, up to four of them, the last one first. What is not used is zero, and all zero is nobody's /16.
 * Where there are more, range[0] and range[1] are VX_ROOT4_FAR, range[2] is the first of 2^halvings + extra sorted ranges,
 * and range[3] says how many: one comparison with the range at @extra leaves 2^halvings of them, and so the search has no
 * bounds to look after: wherever it steps is a range.
 */
#define VX_ROOT4_RANGES 4
struct vx_root4 {
	__u32 range[VX_ROOT4_RANGES]; /* VX_RANGE4 */
};
#define VX_ROOT4_FAR 0xffffffffU /* starts behind every address */
#define VX_ROOT4_SHAPE(extra, halvings) ((__u32)(halvings) << 16 | (extra))
#define VX_ROOT4_EXTRA(shape) ((shape)&0xffffU)
#define VX_ROOT4_HALVINGS(shape) ((shape) >> 16)

/* More than the first step of a search, in bytes; and more than all of them reach, for all that the verifier knows. */
#define VX_RANGES4_STEP_MAX (1U << 18)
#define VX_RANGES4_REACH (3 * VX_RANGES4_STEP_MAX)

/*
 * A /16 of IPv6 has as many buckets as have about two ranges each: the bits behind its first 16 say which. Where shift is
 * 0, @first is the class of all these addresses; else that of its buckets is @first + (bits << 16 >> shift), of the upper 64.
 */
struct vx_root6 {
	__u32 first;
	__u32 shift; /* 64 less the bits that tell its buckets apart, at most 16 */
};

/* Start of an IPv4 range within its /16 in the upper half, its class in the lower: one word to compare. */
#define VX_RANGE4(start, addr_class) ((__u32)(start) << 16 | (addr_class))
#define VX_RANGE4_CLASS(range) ((range)&0xffffU)
/* Not 65536: no range is VX_ROOT4_FAR, and the verifier sees that a comparison tells nothing of what is looked for. */
#define VX_RANGE4_CLASSES 65534U

/*
 * A bucket, or a range by the upper 64 bits of an address, in host order. Where count is not 0, ranges tell further: those in
 * a bucket by the upper bits, those behind a range by the lower 64.
 */
struct vx_range6 {
	__u64 start;
	__u32 first; /* count 0: the class; else the first of the ranges that tell further */
	__u32 count;
};

/* How the ports of one address class and transport select a row. */
struct vx_port_view {
	__u32 cells;	     /* first cell, where the local port matters */
	__u16 remote_page;   /* the page for the upper byte of the remote port; its entries lead to rows */
	__u16 local_page;    /* the same for the local port; its entries are classes, columns of the cells */
	__u16 local_classes; /* how many of them; 1: the local port does not matter */
	__u16 evidence;	     /* 1 << evidence: some port has a candidate for it; else the ports need not be looked up */
};

struct vx_addr_class {
	struct vx_port_view view[_VX_TRANSPORT_MAX];
	__u64 claimant; /* VX_CLAIMANT: who claims the address as own, else as named; and how long its prefix is */
};

/*
 * Answers and claimants are numbers whose upper half is a rank, so that the better of both ends is the larger number.
 * A packed number instead of a struct, since it is compared, chosen and carried as one.
 */
#define VX_RANK(number) ((__u32)((number) >> 32))
#define VX_SLOT(number) ((__u16)((number) >> 16))

/*
 * @rank 0: nobody claims the address. @length: of the longest prefix of any range that the address lies in. @owns: the
 * claim is own, so that a packet of none of the vendor's services is off_port.
 */
#define VX_CLAIMANT(rank, slot, length, owns)                                                                          \
	((__u64)(rank) << 32 | (__u64)(slot) << 16 | (__u64)(length) << 8 | (owns))
#define VX_CLAIMANT_OWNS(claimant) ((claimant)&1)
#define VX_CLAIMANT_LENGTH(claimant) ((__u8)((claimant) >> 8))

/*
 * A port by one of its bytes. The page for the upper byte has an entry for 256 ports that are alike, or VX_ENTRY_PAGE and
 * the number of the page that tells them apart by the lower byte.
 */
#define VX_ENTRY_PAGE 0x80000000U
#define VX_ENTRY_CELL 0x40000000U    /* the local port matters: the rest is the class of the remote one */
#define VX_ENTRY_BY_DSCP 0x20000000U /* the row depends on DSCP: the rest is that of the first dscp class */
#define VX_ENTRY_NUMBER (VX_ENTRY_BY_DSCP - 1)
struct vx_port_page {
	__u32 entry[256];
};

#define VX_ANSWER_DSCP_UNEXPECTED (1U << 0) /* the service documents another DSCP for this direction */

/*
 * The best candidate, precomputed; 0: there is none. @rank: VX_ANSWER_RANK; @slot: the service's; @outcome: match,
 * unproven or mismatch; @flags: VX_ANSWER_*.
 */
#define VX_ANSWER(rank, slot, outcome, flags)                                                                          \
	((__u64)(rank) << 32 | (__u64)(slot) << 16 | (__u64)(outcome) << 8 | (flags))
/*
 * Claim before length before everything else, as the rules compare. @length is 0 for the length of the class, which
 * VX_CLAIMANT has: so a vendor's rows are the same for all of its prefixes. @rest is not 0, and equal only for the same
 * service.
 */
#define VX_ANSWER_LENGTH_SHIFT 22
#define VX_ANSWER_REST_MAX ((1U << VX_ANSWER_LENGTH_SHIFT) - 1)
#define VX_ANSWER_LENGTH_ANY 255 /* of claim `any`, which has no prefix */
#define VX_ANSWER_RANK(claim, length, rest) ((__u32)(claim) << 30 | (__u32)(length) << VX_ANSWER_LENGTH_SHIFT | (rest))
#define VX_ANSWER_LENGTH(rank) ((__u8)((rank) >> VX_ANSWER_LENGTH_SHIFT))
#define VX_ANSWER_OUTCOME(answer) ((__u8)((answer) >> 8))
#define VX_ANSWER_FLAGS(answer) ((__u8)(answer))

#define VX_EVIDENCE_COLUMNS 16
struct vx_answer_row {
	__u64 by_evidence[VX_EVIDENCE_COLUMNS]; /* VX_ANSWER, by enum vx_evidence */
};

/*
 * A verdict that is known from class, transport and evidence for all packets with these remote ports, whatever else is in
 * the tables: what they say of the class, where the packet's other end is nobody's; for both directions. Worked out from
 * the other tables, which decide wherever no shortcut fits.
 */
struct vx_shortcut {
	__u16 remote_first, remote_count; /* count 0: there is none, see struct vx_shortcut_asks */
	__u32 verdict;			  /* VX_SHORT */
};

/* In the place of the next shortcut, where a verdict has VX_SHORT_ASKS: what else of the packet has to be so. */
struct vx_shortcut_asks {
	__u16 local_first;
	__u16 remote_count; /* 0: taken for a shortcut, it is none */
	__u16 local_count;
	__u8 tos_mask, tos; /* (TOS or traffic class) & tos_mask is tos */
};

/*
 * @element of the counters, for direction in; @cell of it; @outcome, for the trace. @directed: one element more is that of
 * direction out; else direction makes no difference. Where the cell is and which element are one operation away.
 */
#define VX_SHORT(element, cell, outcome, directed)                                                                     \
	((__u32)(element) << 9 | (__u32)(cell) << 4 | (directed) << 3 | (outcome))
#define VX_SHORT_ASKS 0x80000000U /* for local port or DSCP, too */
#define VX_SHORT_ELEMENT(verdict) ((verdict) >> 9)
#define VX_SHORT_CELL_BYTES(verdict) ((verdict)&0x1f0U) /* the cell's place in its block */
#define VX_SHORT_OUT(verdict) (((verdict)&8U) << 6)	/* to be added for direction out */
#define VX_SHORT_OUTCOME(verdict) ((verdict)&7U)

/* The best ones: ports of services that accept the payload first. Half a cache line an evidence. */
#define VX_SHORTCUTS 4
struct vx_class_shortcuts {
	struct vx_shortcut by_evidence[_VX_TRANSPORT_MAX][VX_EVIDENCE_COLUMNS][VX_SHORTCUTS];
};

/* At the start of a half: what belongs to the generation as a whole. */
#define VX_DSCPS 64
struct vx_generation {
	__u64 number;	   /* counts up from 1; 0: this half was never filled */
	__u64 built_at_ns; /* CLOCK_REALTIME */
	__u8 digest[32];   /* SHA-256 of the profiles and prefixes that it was compiled from, and of the changes */
	__u32 prefixes4, prefixes6;
	__u32 classes, port_pages, cells, answer_rows, slots; /* elements used */
	__u32 ranges4, ranges6;				      /* of engine direct; 0 where it was not built */
	__u32 vendors, services;
	__u32 engines; /* 1 << enum vx_engine: by which its addresses can be looked up */
	__u32 changes; /* addresses that differ from the profiles' */
	__u32 reserved[7];
	__u8 dscp_class[_VX_DIRECTION_MAX][VX_DSCPS]; /* [direction][dscp]; NONE is unused */
};

/*
 * What of a generation is not as its profiles say: an address that was added to a range of a vendor while it was live, or
 * taken out. For user space: so that who comes later knows what the tables are made of.
 */
#define VX_CHANGES_MAX 4096
struct vx_change {
	__u8 addr[16]; /* network byte order; of IPv4 the first 4 */
	__u8 family;   /* 4 or 6 */
	__u8 length;   /* of the prefix */
	__u8 removed;  /* 1: the profiles have it, the generation has not; 0: the other way round */
	__u8 reserved;
	__u32 range_set; /* counted over all vendors, in the order of their ids */
	__u32 slot;	 /* the vendor's */
};

/* Elements that the maps were made for. */
struct vx_capacity {
	__u32 classes;
	__u32 port_pages;
	__u32 cells;
	__u32 answer_rows;
	__u32 slots;	 /* not a table of a generation: slots belong to names */
	__u32 prefixes4; /* engine lpm */
	__u32 prefixes6;
	__u32 ranges4; /* engine direct */
	__u32 ranges6;
};

/*
 * The only element of vx_control, for user space. Layout and capacity never change. A generation is on trial while the live one
 * has the number trial_number: unless it is confirmed (that number becomes 0), whoever comes first after trial_ends_at_ns
 * switches back to the other half.
 *
 * Packets that began before a switch may still be judged by the half that was live until then. quiet is cleared before
 * each switch and set when they are gone, so that whoever fills that half next knows whether to wait first.
 */
struct vx_control {
	__u32 quiet;	      /* 1: no packet is judged by the half that is not live */
	__u32 layout_version; /* VX_LAYOUT_VERSION of the program that made these maps */
	struct vx_capacity capacity;
	__u32 reserved[3];
	__u64 trial_number;
	__u64 trial_ends_at_ns; /* CLOCK_BOOTTIME */
};

/*
 * Which /24s of a /16 of IPv4 may be other than nobody's: those whose third byte & @mask is @value, the bits in which all that
 * are so agree. The /16's number here is its first two bytes as they lie in the packet. 128 KiB in all, which stay in a
 * second-level cache.
 */
struct vx_taken4 {
	__u8 mask, value;
};
#define VX_TAKEN4_NONE ((struct vx_taken4){ .value = 1 }) /* which no byte is: all of it is nobody's */

#define VX_HALF(half) (-(__u64)(half)) /* 0, or all ones: with it a half is found by one operation */

/* How a half begins. What every capacity has in the same place needs no constant of the loaded program. */
struct vx_half_head {
	struct vx_generation generation;
	/* VX_SHORT of nobody's packets, whatever their ports, by transport and evidence; VX_SHORT_ASKS: ports may decide. */
	__u32 nobody[_VX_TRANSPORT_MAX][VX_EVIDENCE_COLUMNS];
	/* In half 0, of both: VX_HALF of the live one. The one store that switches generations; read once a packet. */
	__u64 active_half;
	__u64 reserved[7];
	struct vx_taken4 taken4[VX_ROOTS];
	struct vx_root4 root4[VX_ROOTS];
	struct vx_root6 root6[VX_ROOTS];
	/* struct vx_addr_class[capacity.classes] follows */
};

/* Where the other tables begin in a half, in bytes from its start. */
struct vx_layout {
	__u32 ranges4, ranges6, classes, port_pages, cells, answer_rows;
	__u32 shortcuts;   /* struct vx_class_shortcuts[capacity.classes] */
	__u32 slots_named; /* a byte a slot, 1: a name of these profiles; for user space */
	__u32 changes;	   /* struct vx_change[VX_CHANGES_MAX]; for user space too */
	__u32 bytes;	   /* of a half; 0: more than a map value may have */
};

#define VX_HALF_BYTES_MAX 0x3fff0000ULL /* both are one value */
#define VX_CACHE_LINE 64

/* Puts @count elements of @size behind what is there, on a cache line of their own. */
static inline __u32 vx_layout_add(__u64 *bytes, __u64 count, __u64 size)
{
	__u64 offset = *bytes;

	*bytes = (offset + count * size + VX_CACHE_LINE - 1) / VX_CACHE_LINE * VX_CACHE_LINE;
	return (__u32)offset;
}

static inline struct vx_layout vx_layout_of(const struct vx_capacity *capacity)
{
	struct vx_layout layout;
	__u64 bytes = 0;

	vx_layout_add(&bytes, 1, sizeof(struct vx_half_head));
	layout.classes = vx_layout_add(&bytes, capacity->classes, sizeof(struct vx_addr_class));
	layout.shortcuts = vx_layout_add(&bytes, capacity->classes, sizeof(struct vx_class_shortcuts));
	layout.port_pages = vx_layout_add(&bytes, capacity->port_pages, sizeof(struct vx_port_page));
	layout.cells = vx_layout_add(&bytes, capacity->cells, sizeof(__u32));
	layout.answer_rows = vx_layout_add(&bytes, capacity->answer_rows, sizeof(struct vx_answer_row));
	layout.ranges4 = vx_layout_add(&bytes, capacity->ranges4, sizeof(__u32));
	layout.ranges6 = vx_layout_add(&bytes, capacity->ranges6, sizeof(struct vx_range6));
	layout.slots_named = vx_layout_add(&bytes, capacity->slots, sizeof(__u8));
	layout.changes = vx_layout_add(&bytes, VX_CHANGES_MAX, sizeof(struct vx_change));
	if (bytes < layout.ranges6 + VX_RANGES4_REACH)
		bytes = layout.ranges6 + VX_RANGES4_REACH;
	layout.bytes = bytes > VX_HALF_BYTES_MAX ? 0 : (__u32)bytes;
	return layout;
}

/* ---- counters -------------------------------------------------------------------------------------------------- */

/*
 * Who a counter belongs to. Slots are given to names once and kept over reloads; vx_slots tells the names, so that
 * counters can be read without any profile. A vendor has one slot of its own (service empty) and one a service.
 */
#define VX_SLOT_NOBODY 0    /* outcomes other and unknown_media */
#define VX_SLOT_UNDECODED 1 /* outcomes malformed, and fragment of nobody */
#define VX_SLOT_FIRST_FREE 2
#define VX_NAME_MAX 64 /* bytes of a vendor or service id with its NUL */

struct vx_slot {
	char vendor[VX_NAME_MAX];  /* empty: the slot is free, its counters zero, or one of the two fixed ones */
	char service[VX_NAME_MAX]; /* empty: the vendor itself */
	__u8 retired; /* 1: the live generation does not name it. In copies: the map says 0, the half tells */
	__u8 reserved[7];
};

struct vx_counter {
	__u64 packets;
	__u64 bytes; /* of the frame as XDP sees it: Ethernet header included, FCS not */
};

/*
 * Element slot * 2 + (direction == out) of a device's vx_counters (per-CPU). The outcome is told by slot and cell:
 *
 *   slot of       cells 0-15, by protocol                       cells 16-31
 *   service       match; for protocol other: unproven           mismatch, by protocol
 *   vendor        off_port                                      16: fragment
 *   NOBODY        other                                         unknown_media, by protocol
 *   UNDECODED     0: fragment; n: malformed for reason n, up to 31
 *
 * Two more count again what is counted above: cell DSCP_UNEXPECTED packets of a service, cells from RELAYED on, by the
 * protocol inside, what TURN carries to or from a peer.
 * What is nobody's is counted under direction in; the device's role tells the label (any: none, wan: in, lan: out). That
 * leaves an element of UNDECODED free: it counts again, by tunnel, packets that were judged by what a tunnel carries.
 */
#define VX_COUNTER_DIRECTIONS 2
#define VX_COUNTER_CELLS 48
#define VX_CELL_SECOND 16						   /* first cell of the second third */
#define VX_CELL_RELAYED 32						   /* first cell of the last third */
#define VX_CELL_FRAGMENT 16						   /* of a vendor's slot */
#define VX_CELL_DSCP_UNEXPECTED 15					   /* of a service's slot */
#define VX_COUNTER_TUNNELS (VX_SLOT_UNDECODED * VX_COUNTER_DIRECTIONS + 1) /* the element by tunnel */
struct vx_counter_block {
	struct vx_counter cell[VX_COUNTER_CELLS];
};

/*
 * SIP messages that began in a packet, whatever the outcome. Element as in vx_counters, of a device's vx_sip (per-CPU).
 */
struct vx_sip_block {
	union {
		struct {
			__u64 requests[_VX_SIP_METHOD_MAX];
			__u64 responses[_VX_SIP_CLASS_MAX];
		};
		__u64 by_kind[_VX_SIP_METHOD_MAX + _VX_SIP_CLASS_MAX]; /* the same, side by side */
	};
};

/* ---- the loaded program ---------------------------------------------------------------------------------------- */

/* .rodata: what is fixed when a program is loaded for a device. The verifier removes what it rules out. */
struct vx_config {
	struct vx_capacity capacity;
	struct vx_layout layout; /* vx_layout_of(&capacity) */
	__u8 role;		 /* enum vx_role */
	__u8 trace;		 /* write each verdict to vx_trace; for classify and tests */
	__u8 engine;		 /* enum vx_engine */
	__u8 usual;		 /* 1: vx_config_is_usual() */
	__u16 decap;		 /* 1 << enum vx_tunnel: what is looked through */
	__u8 reserved2[2];
};

/* What most boxes load, so that the packet path asks one thing instead of four. */
static inline int vx_config_is_usual(const struct vx_config *config)
{
	return config->role == VX_ROLE_ANY && config->engine == VX_ENGINE_DIRECT && !config->decap;
}

/*
 * The entry program does not read these: it has them in its instructions, which the loader completes before it loads them
 * (user/dataplane/patch.h). What bpf/ leaves for it to complete:
 *
 *   rX = VX_PATCH_CONSTANT(size, offset)     becomes   rX = the @size bytes at @offset of struct vx_config
 *   rX += it, rX &= it, if rX < it           likewise
 *   rX = VX_PATCH_MAP(map) ll                becomes   rX = the address of the only value of that map
 */
#define VX_PATCH_CONSTANT(size, offset) (0x5c000000U | (__u32)(size) << 16 | (__u32)(offset))
#define VX_PATCH_MAP(map) (0x5c5c5c5c00000000ULL | (map))
enum vx_patch_map { VX_PATCH_TABLES, _VX_PATCH_MAP_MAX };

#define VX_VERDICT_RELAYED (1U << 1) /* a TURN message that carries something; beside VX_ANSWER_* */

/* What vx_trace says of the last packet when config.trace is set. */
struct vx_verdict {
	__u16 slot;	/* of the service, the vendor, or VX_SLOT_NOBODY / VX_SLOT_UNDECODED */
	__u8 protocol;	/* enum vx_protocol */
	__u8 direction; /* enum vx_direction */
	__u8 outcome;	/* enum vx_outcome */
	__u8 malformed; /* enum vx_malformed */
	__u8 flags;	/* VX_ANSWER_*, VX_VERDICT_* */
	__u8 inner;	/* enum vx_protocol; of what is relayed */
	__u8 transport; /* IP protocol number; 0: no IP */
	__u8 dscp;
	__u16 sport, dport; /* 0 where there are none */
	__u16 payload_length;
	__u16 tunnels; /* 1 << enum vx_tunnel: what was looked through */
};

/* The only element of a device's vx_device: what `status` reads back. */
#define VX_IFNAME_MAX 16
struct vx_device {
	char ifname[VX_IFNAME_MAX];
	__u32 ifindex;
	__u32 prog_id;
	__u64 attached_at_ns; /* CLOCK_REALTIME */
	__u8 role;	      /* enum vx_role */
	__u8 mode;	      /* enum vx_mode */
	__u8 dispatcher;      /* 1: through libxdp's dispatcher; 0: alone, by a bpf_link */
	__u8 engine;	      /* enum vx_engine */
	__u8 reading;	      /* enum vx_reading */
	__u8 reserved;
	__u16 decap; /* 1 << enum vx_tunnel */
};

enum vx_mode { VX_MODE_NATIVE, VX_MODE_SKB, _VX_MODE_MAX };

#ifdef __cplusplus
#error "voxdp is C"
#endif
_Static_assert(VX_HALVES == 2, "a half is told by one bit");
_Static_assert(sizeof(struct vx_lpm4_key) == 8, "LPM key is packed");
_Static_assert(sizeof(struct vx_lpm6_key) == 20, "LPM key is packed");
_Static_assert(sizeof(struct vx_root4) == 16, "four roots a cache line");
_Static_assert(sizeof(struct vx_root6) == 8, "eight roots a cache line");
_Static_assert(sizeof(struct vx_shortcut) == sizeof(struct vx_shortcut_asks), "the one in the place of the other");
_Static_assert(VX_SHORTCUTS * sizeof(struct vx_shortcut) == 32, "the shortcuts of an evidence share a cache line");
_Static_assert(sizeof(struct vx_class_shortcuts) == 1024, "a shift finds a class");
_Static_assert(sizeof(struct vx_counter) == 16, "VX_SHORT_CELL_BYTES");
_Static_assert(_VX_OUTCOME_MAX <= 8, "an outcome has three bits");
_Static_assert(sizeof(struct vx_generation) % VX_CACHE_LINE == 0, "roots begin on a cache line");
_Static_assert(sizeof(struct vx_half_head) % VX_CACHE_LINE == 0, "classes follow at once");
_Static_assert(sizeof(struct vx_port_view) == 12, "view");
_Static_assert(sizeof(struct vx_addr_class) == 32, "two classes a cache line");
_Static_assert(sizeof(struct vx_answer_row) == 128, "two cache lines");
_Static_assert(sizeof(struct vx_counter_block) == 768, "counter block");
_Static_assert(sizeof(struct vx_sip_block) == 160, "SIP block");
_Static_assert(sizeof(struct vx_slot) == 136, "slot");
_Static_assert(sizeof(struct vx_control) % 8 == 0, "values lie side by side");
_Static_assert(sizeof(struct vx_control) == 72,
	       "as in older layouts, which are refused by their version, not by their size");
_Static_assert(__builtin_offsetof(struct vx_control, layout_version) == 4, "every layout tells its version there");
_Static_assert(VX_EVIDENCE_COLUMNS <= 16, "an evidence has its bit in a view");
_Static_assert(_VX_EVIDENCE_MAX <= VX_EVIDENCE_COLUMNS, "an evidence has its column");
_Static_assert(_VX_PROTOCOL_MAX <= VX_CELL_DSCP_UNEXPECTED, "a protocol has its cell");
_Static_assert(_VX_MALFORMED_MAX <= VX_CELL_RELAYED, "a malformed reason has its cell");
_Static_assert(_VX_PROTOCOL_MAX <= VX_COUNTER_CELLS - VX_CELL_RELAYED, "a protocol inside has its cell");
_Static_assert(_VX_TUNNEL_MAX <= 16, "a tunnel has its bit");

#endif
