/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every closed set of names that voxdp speaks, once: the enum the BPF program stores, the word the command line
 * prints and the value of the Prometheus label come from the same row. Compiles for BPF and for user space.
 */
#ifndef VOXDP_NAMES_H
#define VOXDP_NAMES_H

/* What the bytes of a payload prove. OTHER: they prove nothing that voxdp knows, or there are none. */
#define VX_PROTOCOLS(X)                                                                                                \
	X(OTHER, "other")                                                                                              \
	X(SIP, "sip")                                                                                                  \
	X(STUN, "stun")                                                                                                \
	X(TURN_CHANNEL, "turn-channel")                                                                                \
	X(DTLS, "dtls")                                                                                                \
	X(ZRTP, "zrtp")                                                                                                \
	X(RTP, "rtp")                                                                                                  \
	X(RTCP, "rtcp")                                                                                                \
	X(TLS, "tls")                                                                                                  \
	X(DNS, "dns")                                                                                                  \
	X(NTP, "ntp")                                                                                                  \
	X(HTTP, "http")                                                                                                \
	X(XMPP, "xmpp")                                                                                                \
	X(QUIC, "quic")

/* What is said of a packet; each packet gets exactly one. */
#define VX_OUTCOMES(X)                                                                                                 \
	X(OTHER, "other")                                                                                              \
	X(MATCH, "match")                                                                                              \
	X(UNPROVEN, "unproven")                                                                                        \
	X(MISMATCH, "mismatch")                                                                                        \
	X(OFF_PORT, "off_port")                                                                                        \
	X(UNKNOWN_MEDIA, "unknown_media")                                                                              \
	X(FRAGMENT, "fragment")                                                                                        \
	X(MALFORMED, "malformed")

/* NONE: both ends were looked at and neither is a vendor's. */
#define VX_DIRECTIONS(X)                                                                                               \
	X(NONE, "none")                                                                                                \
	X(IN, "in")                                                                                                    \
	X(OUT, "out")

/* What an interface faces: wan (remote = source), lan (remote = destination), any (look at both ends). */
#define VX_ROLES(X)                                                                                                    \
	X(ANY, "any")                                                                                                  \
	X(WAN, "wan")                                                                                                  \
	X(LAN, "lan")

/* The transports that carry ports here. */
#define VX_TRANSPORTS(X)                                                                                               \
	X(UDP, "udp")                                                                                                  \
	X(TCP, "tcp")

/* How a vendor claims a range; a stronger claim is a larger number. */
#define VX_CLAIMS(X)                                                                                                   \
	X(ANY, "any")                                                                                                  \
	X(SHARED, "shared")                                                                                            \
	X(NAMED, "named")                                                                                              \
	X(OWN, "own")

/* How addresses are looked up: by the kernel's LPM tries, or by static tables that answer alike and cost less. */
#define VX_ENGINES(X)                                                                                                  \
	X(LPM, "lpm")                                                                                                  \
	X(DIRECT, "direct")

/* How the program reads frames: by packet pointers, or by copies where the kernel refuses those (no CAP_PERFMON). */
#define VX_READING(X)                                                                                                  \
	X(IN_PLACE, "in place")                                                                                        \
	X(COPIED, "copied")

/*
 * What `--decap` looks through. PPPoE sessions are looked into in any case, and counted where they are named. GRE is
 * also what PPTP and ERSPAN make of it; 6in4 is IPv6 in either IP version, ipip is IPv4 in either.
 */
#define VX_TUNNELS(X)                                                                                                  \
	X(GRE, "gre")                                                                                                  \
	X(IPIP, "ipip")                                                                                                \
	X(6IN4, "6in4")                                                                                                \
	X(VXLAN, "vxlan")                                                                                              \
	X(GENEVE, "geneve")                                                                                            \
	X(GTP_U, "gtp-u")                                                                                              \
	X(MPLS, "mpls")                                                                                                \
	X(VN_TAG, "vn-tag")                                                                                            \
	X(PPPOE, "pppoe")

/* Why headers were refused. NONE: they were not. */
#define VX_MALFORMED_REASONS(X)                                                                                        \
	X(NONE, "none")                                                                                                \
	X(ETHERNET_TRUNCATED, "ethernet_truncated")                                                                    \
	X(VLAN_TRUNCATED, "vlan_truncated")                                                                            \
	X(PPPOE_TRUNCATED, "pppoe_truncated")                                                                          \
	X(PPPOE_LENGTH, "pppoe_length")                                                                                \
	X(IPV4_TRUNCATED, "ipv4_truncated")                                                                            \
	X(IPV4_VERSION, "ipv4_version")                                                                                \
	X(IPV4_HEADER_LENGTH, "ipv4_header_length")                                                                    \
	X(IPV4_TOTAL_LENGTH, "ipv4_total_length")                                                                      \
	X(IPV6_TRUNCATED, "ipv6_truncated")                                                                            \
	X(IPV6_VERSION, "ipv6_version")                                                                                \
	X(IPV6_PAYLOAD_LENGTH, "ipv6_payload_length")                                                                  \
	X(IPV6_EXTENSION_TRUNCATED, "ipv6_extension_truncated")                                                        \
	X(IPV6_EXTENSION_CHAIN, "ipv6_extension_chain")                                                                \
	X(FRAGMENT_LENGTH, "fragment_length")                                                                          \
	X(UDP_TRUNCATED, "udp_truncated")                                                                              \
	X(UDP_LENGTH, "udp_length")                                                                                    \
	X(TCP_TRUNCATED, "tcp_truncated")                                                                              \
	X(TCP_HEADER_LENGTH, "tcp_header_length")                                                                      \
	X(TUNNEL_TRUNCATED, "tunnel_truncated")

/*
 * Methods of SIP requests, as registered with IANA (RFC 3261, 3262, 3311, 3428, 3515, 3903, 6086, 6665), and the
 * classes of its responses by their first digit.
 */
#define VX_SIP_METHODS(X)                                                                                              \
	X(ACK, "ack")                                                                                                  \
	X(BYE, "bye")                                                                                                  \
	X(CANCEL, "cancel")                                                                                            \
	X(INFO, "info")                                                                                                \
	X(INVITE, "invite")                                                                                            \
	X(MESSAGE, "message")                                                                                          \
	X(NOTIFY, "notify")                                                                                            \
	X(OPTIONS, "options")                                                                                          \
	X(PRACK, "prack")                                                                                              \
	X(PUBLISH, "publish")                                                                                          \
	X(REFER, "refer")                                                                                              \
	X(REGISTER, "register")                                                                                        \
	X(SUBSCRIBE, "subscribe")                                                                                      \
	X(UPDATE, "update")

#define VX_SIP_CLASSES(X)                                                                                              \
	X(1XX, "1xx")                                                                                                  \
	X(2XX, "2xx")                                                                                                  \
	X(3XX, "3xx")                                                                                                  \
	X(4XX, "4xx")                                                                                                  \
	X(5XX, "5xx")                                                                                                  \
	X(6XX, "6xx")

#define VX_ENUM_SIP_METHOD(name, word) VX_SIP_METHOD_##name,
#define VX_ENUM_SIP_CLASS(name, word) VX_SIP_CLASS_##name,
#define VX_ENUM_PROTOCOL(name, word) VX_PROTOCOL_##name,
#define VX_ENUM_OUTCOME(name, word) VX_OUTCOME_##name,
#define VX_ENUM_DIRECTION(name, word) VX_DIRECTION_##name,
#define VX_ENUM_ROLE(name, word) VX_ROLE_##name,
#define VX_ENUM_TRANSPORT(name, word) VX_TRANSPORT_##name,
#define VX_ENUM_CLAIM(name, word) VX_CLAIM_##name,
#define VX_ENUM_ENGINE(name, word) VX_ENGINE_##name,
#define VX_ENUM_READING(name, word) VX_READING_##name,
#define VX_ENUM_TUNNEL(name, word) VX_TUNNEL_##name,
#define VX_ENUM_MALFORMED(name, word) VX_MALFORMED_##name,

enum vx_protocol { VX_PROTOCOLS(VX_ENUM_PROTOCOL) _VX_PROTOCOL_MAX };
enum vx_outcome { VX_OUTCOMES(VX_ENUM_OUTCOME) _VX_OUTCOME_MAX };
enum vx_direction { VX_DIRECTIONS(VX_ENUM_DIRECTION) _VX_DIRECTION_MAX };
enum vx_role { VX_ROLES(VX_ENUM_ROLE) _VX_ROLE_MAX };
enum vx_transport { VX_TRANSPORTS(VX_ENUM_TRANSPORT) _VX_TRANSPORT_MAX };
enum vx_claim { VX_CLAIMS(VX_ENUM_CLAIM) _VX_CLAIM_MAX };
enum vx_engine { VX_ENGINES(VX_ENUM_ENGINE) _VX_ENGINE_MAX };
enum vx_reading { VX_READING(VX_ENUM_READING) _VX_READING_MAX };
enum vx_tunnel { VX_TUNNELS(VX_ENUM_TUNNEL) _VX_TUNNEL_MAX };
enum vx_sip_method { VX_SIP_METHODS(VX_ENUM_SIP_METHOD) _VX_SIP_METHOD_MAX };
enum vx_sip_class { VX_SIP_CLASSES(VX_ENUM_SIP_CLASS) _VX_SIP_CLASS_MAX };
enum vx_malformed { VX_MALFORMED_REASONS(VX_ENUM_MALFORMED) _VX_MALFORMED_MAX };

/*
 * What a recogniser concludes from one packet: a protocol, or RTP_LIKELY, which looks like RTP but has no mark that
 * only RTP has. It becomes RTP where an own or named service expects RTP, or when its stream holds; else OTHER.
 */
enum vx_evidence {
	VX_EVIDENCE_RTP_LIKELY = _VX_PROTOCOL_MAX, /* values below are enum vx_protocol */
	_VX_EVIDENCE_MAX,
};

/*
 * What is media whatever carries it: 1 << enum vx_protocol. These and DTLS are all that makes a service's candidate of a packet
 * where its claim is shared or any.
 */
#define VX_MEDIA                                                                                                       \
	(1U << VX_PROTOCOL_SIP | 1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_TURN_CHANNEL | 1U << VX_PROTOCOL_ZRTP |    \
	 1U << VX_PROTOCOL_RTP | 1U << VX_PROTOCOL_RTCP)

/* Does a payload of nobody say that a range is missing from the profiles? DTLS does where it may carry SRTP keys. */
static inline int vx_is_media(unsigned evidence, enum vx_transport transport)
{
	return (VX_MEDIA >> evidence & 1) || (evidence == VX_PROTOCOL_DTLS && transport == VX_TRANSPORT_UDP);
}

#endif
