#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A software TPM on a socket of its own; to be sourced, with $tmp a directory.
: "${tmp:?}"

# NAME BANK,... [OPTION of swtpm_setup]...: starts one, and says in
# TPM2TOOLS_TCTI where it is. Its state stays in $tmp/NAME.
swtpm_start() {
	local name=$1 banks=$2 port try
	shift 2
	if [ ! -e "$tmp/$name" ]; then
		mkdir -p "$tmp/$name" "$tmp/ca"
		printf '%s\n' "create_certs_tool = $(command -v swtpm_localca)" \
			"create_certs_tool_config = $tmp/localca.conf" \
			"create_certs_tool_options = /etc/swtpm-localca.options" >"$tmp/setup.conf"
		printf '%s\n' "statedir = $tmp/ca" "signingkey = $tmp/ca/key.pem" \
			"issuercert = $tmp/ca/issuer.pem" "certserial = $tmp/ca/serial" >"$tmp/localca.conf"
		swtpm_setup --tpm2 --tpmstate "$tmp/$name" --config "$tmp/setup.conf" \
			--pcr-banks "$banks" "$@" >"$tmp/$name.setup" 2>&1 || {
			sed 's/^/# /' "$tmp/$name.setup"
			return 1
		}
	fi
	for ((try = 0; try < 20; try++)); do
		port=$((20000 + 2 * (RANDOM % 10000)))
		swtpm socket --tpm2 --tpmstate "dir=$tmp/$name" --server "type=tcp,port=$port" \
			--ctrl "type=tcp,port=$((port + 1))" --flags not-need-init,startup-clear \
			>"$tmp/$name.log" 2>&1 &
		swtpm_pid=$!
		export TPM2TOOLS_TCTI="swtpm:host=127.0.0.1,port=$port"
		for ((wait = 0; wait < 50; wait++)); do
			kill -0 $swtpm_pid 2>/dev/null || break
			tpm2_getcap properties-fixed >/dev/null 2>&1 && return 0
			sleep 0.1
		done
		swtpm_stop
	done
	return 1
}

# Ends the one that was started last, as when power is cut.
swtpm_stop() {
	[ -n "${swtpm_pid:-}" ] || return 0
	kill -9 "$swtpm_pid" 2>/dev/null || true
	wait "$swtpm_pid" 2>/dev/null || true
	swtpm_pid=
}
